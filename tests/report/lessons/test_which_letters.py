"""Lesson 4 computes what torch computes, and is done only where the first letter says more than the last."""

import json

import numpy as np
import pytest
import torch
from report.lessons.shown_lesson import seen

from gradviz.report.lessons.character_model import rounded
from gradviz.report.lessons.lesson_page import lesson_page
from gradviz.report.page.html_page import write_page

pytestmark = pytest.mark.slow

RIGHT, LEFT, HOME, END = "\ue014", "\ue012", "\ue011", "\ue010"


@pytest.fixture(scope="module")
def path(tmp_path_factory, char_model):
    path = tmp_path_factory.mktemp("lesson") / "which_letters.html"
    write_page(lesson_page(["which_letters"], char_model=char_model), path)
    return path


@pytest.fixture(scope="module")
def weights(char_model):
    """The weights as the page has them."""
    coded = {name: rounded(weight) for name, weight in char_model.weights.items()}
    return {name: torch.from_numpy(codes.astype(np.float64) * unit) for name, (codes, unit) in coded.items()}


def norms(tensors):
    return [float(tensor.grad.norm().log10()) for tensor in tensors]


def twin(weights, numbers, chosen, *, classes=22):
    """Probabilities, and log10 norms of the gradient of ln p(chosen): an unrolled loop, step by step."""
    inputs = [torch.tensor([np.float32(n) / np.float32(classes)]).double() for n in numbers]
    x = [value.requires_grad_() for value in inputs]
    below, kept = x, {}
    for layer in (0, 1):
        h = c = torch.zeros(weights["weight"].shape[1], dtype=torch.double)
        hs, cs = [], []
        for value in below:
            from_input = weights[f"weight_ih_l{layer}"] @ value + weights[f"bias_ih_l{layer}"]
            i, f, g, o = (
                from_input + weights[f"weight_hh_l{layer}"] @ h + weights[f"bias_hh_l{layer}"]
            ).chunk(4)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            for state in (h, c):
                state.requires_grad_()
                state.retain_grad()
            hs.append(h)
            cs.append(c)
        kept[f"h{layer}"], kept[f"c{layer}"] = hs, cs
        below = hs
    logs = (weights["weight"] @ h + weights["bias"]).log_softmax(0)
    logs[chosen].backward()
    return logs.detach().exp().tolist(), {
        **{name: norms(states) for name, states in kept.items()},
        "x": norms(x),
    }


def numbers_of(char_model, text):
    return [
        char_model.characters.index(character) for character in text if character in char_model.characters
    ]


def text_of(browser, name):
    return browser.run(f"document.querySelector('[data-{name}]').textContent")


IN_BROWSER = """
const { unpack, read, gradients } = gradviz.characterModel;
const model = unpack(gradviz.data.lessons.which_letters.model);
const p = Array.from(read(model, arguments[0]));
const { h, c, x, direct } = gradients(model, arguments[1]);
const [h0, h1, c0, c1] = [...h, ...c].map((norms) => Array.from(norms));
return { p, h0, h1, c0, c1, x: Array.from(x),
    direct: Array.from(direct, (value) => (Number.isFinite(value) ? value : "none")) };
"""


@pytest.mark.parametrize(
    ("numbers", "chosen"),
    [([3], 0), ([0, 21], 21), ([5, 9, 2, 2, 17, 0, 21, 13, 4, 8], 7), (list(range(22)) * 2, 3)],
)
def test_probabilities_and_gradients_are_those_of_torch(browser, path, weights, numbers, chosen):
    browser.open(path)
    found = browser.run(IN_BROWSER, numbers, chosen)
    probabilities, gradients = twin(weights, numbers, chosen)
    assert found["p"] == pytest.approx(probabilities, abs=1e-12)
    for name, expected in gradients.items():
        assert found[name] == pytest.approx(expected, abs=1e-9), name
    assert found["direct"][:-1] == ["none"] * (len(numbers) - 1)
    assert found["direct"][-1] == pytest.approx(gradients["h1"][-1], abs=1e-9)


def test_the_curve_is_relative_to_the_strongest(browser, path, weights, char_model):
    for state in ("h1", "c0", "x"):
        browser.open(path, fragment=f"position=20&state={state}")
        text = char_model.text
        _, gradients = twin(
            weights, numbers_of(char_model, text[10:20]), char_model.characters.index(text[20])
        )
        expected = np.array(gradients[state]) - max(gradients[state])
        source = browser.source("which_letters-total")
        assert source["back"] == list(range(10, 0, -1))
        assert source["log10"] == pytest.approx(expected.tolist(), abs=1e-9)
        # what retain_grad shows is of h: it has no place on the scale of another quantity
        compared = state == "h1"
        assert browser.source("which_letters-direct")["back"] == ([1] if compared else [])
        assert browser.source("which_letters-zero")["back"] == (list(range(10, 1, -1)) if compared else [])
        assert ("another quantity" in text_of(browser, "retained")) != compared


def test_the_most_likely_letter_is_asked_for(browser, path, weights, char_model):
    browser.open(path, fragment="position=20&target=likely")
    numbers = numbers_of(char_model, char_model.text[10:20])
    probabilities, _ = twin(weights, numbers, 0)
    chosen = int(np.argmax(probabilities))
    gradient = twin(weights, numbers, chosen)[1]["h1"]
    expected = np.array(gradient) - max(gradient)
    assert browser.source("which_letters-total")["log10"] == pytest.approx(expected.tolist(), abs=1e-9)
    first = browser.run("document.querySelector('.expected tr').innerText")
    assert first.split()[0] in {char_model.characters[chosen], "space"}
    assert f"{round(100 * max(probabilities))}" in first


def test_letters_are_coloured_where_they_were_read(browser, path):
    browser.open(path, fragment="position=20&window=4")
    read = "Array.from(document.querySelectorAll('[data-view=VIEW] .read-letter'), (l) => l.dataset.place)"
    colours = (
        "Array.from(document.querySelectorAll('[data-view=VIEW] .read-letter'), (l) => l.style.background)"
    )
    for view in ("total", "direct"):
        assert browser.run(read.replace("VIEW", view)) == ["16", "17", "18", "19"]
    direct = browser.run(colours.replace("VIEW", "direct"))
    assert len(set(direct[:3])) == 1
    assert direct[3] != direct[0]
    assert direct[0] not in browser.run(colours.replace("VIEW", "total"))


def first_says_more(char_model, weights, position, state="h1"):
    """Whether the task of the lesson is done at a letter."""
    numbers = numbers_of(char_model, char_model.text[position - 10 : position])
    gradient = twin(weights, numbers, char_model.characters.index(char_model.text[position]))[1][state]
    return gradient[0] > gradient[-1]


def test_at_another_state_the_sentence_says_what_the_task_asks_for(browser, path, char_model, weights):
    for position in (15, 25, 35, 45):
        more = first_says_more(char_model, weights, position, "c1")
        browser.open(path, fragment=f"position={position}&state=c1")
        assert ("asks for hidden state h, upper layer" in text_of(browser, "says")) == more
        assert not seen(browser)


def test_the_letter_is_chosen_by_keys(browser, path):
    browser.open(path, fragment="position=20")
    before = browser.source("which_letters-total")
    browser.keys("input[name=position]", RIGHT)
    browser.wait("location.hash.includes('position=21')")
    assert browser.source("which_letters-total") != before
    browser.keys("input[name=position]", END)
    assert browser.run("document.querySelector('.predicted-letter').dataset.place") == "63"
    browser.keys("input[name=position]", HOME)
    browser.wait("document.querySelector('[data-says]').textContent.includes('nothing to read')")
    assert browser.source("which_letters-total")["back"] == []
    browser.assert_clean()


def test_typing_predicts_the_next_letter(browser, path, weights, char_model):
    browser.open(path)
    browser.keys("textarea", " the")
    assert browser.run("document.querySelector('.predicted-letter').dataset.place") == "67"
    text = (char_model.text + " the")[-10:]
    probabilities, _ = twin(weights, numbers_of(char_model, text), 0)
    shown = browser.run(
        "Array.from(document.querySelectorAll('.expected td:last-child'), (cell) => cell.textContent)"
    )
    expected = sorted(probabilities, reverse=True)[:5]
    assert [float(words.split("\u202f")[0]) for words in shown] == [round(100 * p) for p in expected]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "nothing to read"),
        ("ÄÖ 7", "The model skips “Ä”, “Ö”, “7”: it knows only the 22 characters"),
        ("😀<b>a</b>\n\u202e\u0301x", "“😀”"),
        ("日本語", "nothing to read"),
    ],
)
def test_any_text_can_be_typed(browser, path, text, words):
    browser.open(path)
    browser.run(
        "const box = document.querySelector('textarea'); box.value = arguments[0];"
        "box.dispatchEvent(new Event('input', { bubbles: true })); return 1",
        text,
    )
    browser.wait(f"document.querySelector('[data-with-model]').innerText.includes({json.dumps(words)})")
    places = browser.run("document.querySelectorAll('[data-view=total] [data-place]').length")
    assert places == len(text) + 1
    assert not browser.run("/NaN|Infinity|undefined/.test(document.body.innerText)")
    assert browser.run("document.querySelectorAll('.text-view b').length") == 0
    browser.assert_clean()


def test_skipped_characters_do_not_change_the_prediction(browser, path):
    browser.open(path, fragment="text=hello pyto&position=10")
    plain = browser.source("which_letters-total")
    browser.open(path, fragment="text=heÄllo 7pyto&position=12")
    assert browser.source("which_letters-total") == plain


def test_a_long_text_is_cut(browser, path):
    browser.open(path, fragment=f"text={'hello ' * 100}&position=500")
    assert "Only the first 500 characters" in text_of(browser, "unknown")
    assert browser.run("document.querySelector('.predicted-letter').dataset.place") == "500"


def test_seen_only_where_the_first_of_ten_letters_says_more(browser, path, weights, char_model):
    text, shown = char_model.text, []
    browser.open(path)
    for position in range(8, 63, 5):
        numbers = numbers_of(char_model, text[max(0, position - 10) : position])
        gradient = twin(weights, numbers, char_model.characters.index(text[position]))[1]["h1"]
        browser.run(
            "const slider = document.querySelector('[name=position]'); slider.value = arguments[0];"
            "slider.dispatchEvent(new Event('input')); return 1",
            position,
        )
        shown.append(position >= 10 and gradient[0] > gradient[-1])
        assert seen(browser) == shown[-1], position
    assert 0 < sum(shown) < len(shown)


def test_the_page_says_how_well_the_model_has_learned(browser, path, char_model):
    browser.open(path)
    learned = char_model.learned
    words = text_of(browser, "learned")
    assert f"{learned.right} of its {learned.windows} next letters" in words
    assert "63 characters (seed 3)" in words
    assert f"probabilities by at most {learned.probability_error:.6f}" in words


def test_a_page_without_the_model_says_how_to_get_it(browser, tmp_path):
    path = tmp_path / "without.html"
    write_page(lesson_page(["which_letters"]), path)
    browser.open(path)
    assert "gradviz explore which_letters" in browser.run("document.body.innerText")
    assert browser.run("document.querySelector('[data-with-model]').hidden")
    browser.assert_clean()

"""What a lesson that is open in a browser shows."""


def show(browser, path, **settings):
    """Open a lesson with these settings in its address."""
    return browser.open(path, fragment="&".join(f"{name}={value}" for name, value in settings.items()))


def seen(browser):
    """Whether the lesson says that the reader has seen what there is to see."""
    return not browser.run("document.querySelector('[data-seen]').hidden")


def says(browser):
    """The sentence with the numbers."""
    return browser.run("document.querySelector('[data-says]').textContent")

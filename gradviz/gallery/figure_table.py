"""The lecture figures by name, in the order of the lecture; each is a module."""

PARTS: dict[str, tuple[str, ...]] = {
    "network": ("outputs_and_states", "rnn_anatomy"),
    "products": (
        "scalar_gradient",
        "bifurcation",
        "eigenvalues",
        "transient",
        "lyapunov",
        "cliff",
        "clipping",
    ),
    "measured": ("direct_vs_total", "connectivity", "truncated_bptt"),
    "start": ("vanishing",),
    "lstm": ("gate_jobs", "lstm_anatomy", "gradient_paths", "holding_a_bit"),
    "gru": ("gru_anatomy", "lstm_beside_gru", "lstm_vs_gru"),
    "training": ("training_heatmap", "learning_curves", "success_by_length", "whose_steps", "early_warning"),
    "saturation": ("saturation_scatter", "saturation_heatmap", "time_constants", "gate_heatmap"),
    "characters": ("char_model",),
}
"""The figures of each part of the lecture."""

FIGURES = {name: f"gradviz.gallery.figures.{name}" for names in PARTS.values() for name in names}

"""The lecture figures by name, in the order of the lecture: each is a module of its own."""

FIGURES = {
    "direct_vs_total": "gradviz.gallery.direct_vs_total",
    "vanishing": "gradviz.gallery.vanishing",
    "rnn_anatomy": "gradviz.gallery.rnn_anatomy",
    "lstm_anatomy": "gradviz.gallery.lstm_anatomy",
    "gru_anatomy": "gradviz.gallery.gru_anatomy",
    "training_heatmap": "gradviz.gallery.training_heatmap",
    "learning_curves": "gradviz.gallery.learning_curves",
    "lstm_vs_gru": "gradviz.gallery.lstm_vs_gru",
    "scalar_gradient": "gradviz.gallery.scalar_gradient",
    "bifurcation": "gradviz.gallery.bifurcation",
    "clipping": "gradviz.gallery.clipping",
    "truncated_bptt": "gradviz.gallery.truncated_bptt",
    "saturation_heatmap": "gradviz.gallery.saturation_heatmap",
    "gate_heatmap": "gradviz.gallery.gate_heatmap",
    "char_model": "gradviz.gallery.char_model",
}

"""The lecture figures by name, in the order of the lecture: each is a module of its own."""

FIGURES = {
    "direct_vs_total": "gradviz.gallery.direct_vs_total",
    "vanishing": "gradviz.gallery.vanishing",
    "training_heatmap": "gradviz.gallery.training_heatmap",
    "scalar_gradient": "gradviz.gallery.scalar_gradient",
    "bifurcation": "gradviz.gallery.bifurcation",
    "truncated_bptt": "gradviz.gallery.truncated_bptt",
    "learning_curves": "gradviz.gallery.learning_curves",
    "clipping": "gradviz.gallery.clipping",
}

"""What exercises ask to be written by hand, as lists of names for `assert_not_used`.

What it guarantees: a list names the doors through which a library does the work, and nothing that
an answer of one's own needs (`torch.no_grad`, `unfold`, `requires_grad_`).
"""

from __future__ import annotations

from typing import Final

CONVOLUTION: Final = (
    "torch.*conv[!e]*",  # not `_convert_…`
    "torch.nn.*Conv[!e]*",
    "torch.nn.modules.conv",
    "torch.nn.functional.*conv[!e]*",
    "torch.nn.grad.*conv[!e]*",
    "torch.ops.aten.*conv[!e]*",
    "torch.ops.*conv[!e]*",  # of any other library of operators: `mkldnn`, `quantized`
    "numpy.convolve",
    "numpy.correlate",
    "numpy._core.multiarray.correlate*",
    "scipy.signal",
    "scipy.ndimage",
)
AUTOGRAD: Final = (
    "torch.Tensor.backward",
    "torch.autograd.backward",
    "torch.autograd.grad",
    "torch.autograd.functional",
    "torch.autograd.forward_ad.dual_level",
    "torch.autograd.forward_ad.enter_dual_level",
    "torch.autograd.forward_ad.make_dual",
    "torch.ops.aten._make_dual",
    "torch.autograd.graph._engine_run_backward",
    "torch.autograd.graph.Node",  # whatever runs for a node of the graph, whoever started it
    "torch.autograd.graph.get_gradient_edge",
    "torch.autograd.graph._get_grad_fn_or_grad_acc",
    "torch.Tensor.grad_fn",  # a node can be called by itself
    "torch.Tensor._grad_fn",
    *(
        f"torch.func.{name}"
        for name in (
            "grad",
            "grad_and_value",
            "hessian",
            "jacfwd",
            "jacrev",
            "jvp",
            "linearize",
            "vjp",
        )
    ),
)

"""The lines of generated source that compute a method's values at one coordinate of a tile."""

from __future__ import annotations

from auxtheory.engines.monte_carlo.layout import Layout
from auxtheory.engines.monte_carlo.shared_numbers import batched, is_shared, shared
from auxtheory.measures import Measure
from auxtheory.methods.expression import COMPARISONS, SIGNS, Node
from auxtheory.methods.generate import COMPARISONS as SYMBOLS
from auxtheory.methods.program import Call, Hook

FUNCTIONS = {
    "sqrt": "math.sqrt",
    "absolute": "abs",
    "exp": "math.exp",
    "log": "math.log",
    "sign": "np.sign",
    "minimum": "np.minimum",
    "maximum": "np.maximum",
}
# The same on vectors, and in a thread of a GPU, where NumPy's have no compiled form.
VECTOR_FUNCTIONS = {
    "sqrt": "np.sqrt",
    "absolute": "abs",
    "sign": "np.sign",
    "minimum": "np.minimum",
    "maximum": "np.maximum",
}
DEVICE_FUNCTIONS = FUNCTIONS | {"sqrt": "root", "exp": "exp", "log": "log", "sign": "sign_of"}
# Powers that NumPy computes by other operations.
POWERS = {-1.0: "(1.0 / {0})", 0.5: "{1}({0})", 1.0: "{0}", 2.0: "({0} * {0})"}


def is_vector_operation(node: Node) -> bool:
    """Whether a node's value has lines on vectors."""
    if node.op == "power":
        exponent = node.args[1]
        return exponent.op == "constant" and exponent.data in POWERS
    return node.op != "remainder" and (node.op not in FUNCTIONS or node.op in VECTOR_FUNCTIONS)


def at(row: int, array: str = "v") -> str:
    """The number of the current coordinate in a row of an array."""
    return f"{array}[{row} * TILE + i]"


def literal(value: float) -> str:
    """A number as source."""
    text = repr(float(value))
    return text if text.replace("-", "")[0].isdigit() else f"np.{text.replace('-', '')}"


class Lines:
    """The lines for one coordinate.

    Args:
        layout: where numbers stand.
        hook: the hook whose nodes are computed.
        step: which step of a pass this is.
    """

    def __init__(self, layout: Layout, hook: Hook, step: int = 0) -> None:
        self.layout = layout
        self.hook = hook
        self.step = step
        self.lines: list[str] = []
        self.texts: dict[Node, str] = {}
        self.values: dict[str, str] = {}  # names of expressions that were computed before
        self.numbers = {node: i for i, node in enumerate(shared(hook))}
        self.functions = DEVICE_FUNCTIONS if layout.coordinates else FUNCTIONS
        if layout.vector:
            self.functions = VECTOR_FUNCTIONS

    def named(self, text: str, prefix: str = "t") -> str:
        """The name of the value of an expression, computed once."""
        if text not in self.values:
            self.values[text] = f"{prefix}{self.step}_{len(self.values)}"
            self.lines.append(f"{self.values[text]} = {text}")
        return self.values[text]

    def chosen(self, condition: str, yes: str = "1.0", no: str = "0.0") -> str:
        """The text of one value where a condition holds, another elsewhere."""
        if self.layout.vector:
            return f"where({condition}, {yes}, {no})"
        return f"({yes} if {condition} else {no})"

    def text(self, node: Node) -> str:
        """The name of a node's value."""
        if node not in self.texts:
            self.texts[node] = self._text(node)
        return self.texts[node]

    def _text(self, node: Node) -> str:
        if node.op == "constant":
            if node.vector:
                return self.named(at(self.layout.row["constant", node]))
            return literal(node.data)
        if is_shared(node):
            return f"u{self.step}_{self.numbers[node]}"
        if node.op == "state":
            return f"s_{node.data}"
        if node.op == "gradient":
            return self._gradient(node)
        args = [self.text(arg) for arg in node.args]
        if node.op == "coin":
            row = self.layout.sample(node.data, self.step)
            return self.named(self.chosen(f"{at(row, 's')} < {args[0]}"))
        return self.named(self._operation(node, args))

    def _operation(self, node: Node, args: list[str]) -> str:
        op = node.op
        if op == "power":
            exponent = node.args[1]
            if exponent.op == "constant" and exponent.data in POWERS:
                return POWERS[exponent.data].format(args[0], self.functions["sqrt"])
            return f"({args[0]} ** {args[1]})"
        if op in SIGNS:
            return f"({args[0]} {SIGNS[op]} {args[1]})"
        if op in COMPARISONS:
            return self.chosen(f"{args[0]} {SYMBOLS[op]} {args[1]}")
        if op == "where":
            return self.chosen(f"{args[0]} != 0.0", args[1], args[2])
        if op == "negative":
            return f"(-{args[0]})"
        return f"{self.functions[op]}({', '.join(args)})"

    # -- gradients

    def from_centre(self, point: str) -> str:
        """x − x* at a point."""
        return self.named(f"{point} - x_star", "z")

    def gradient(self, kind: str, point: str) -> str:
        """∇f, ∇h or ∇r at a point, or f − f* ("value")."""
        return self.named(f"{kind}({self.from_centre(point)}, p_1, p_2, p_3)", "g")

    def _gradient(self, node: Node) -> str:
        call, number = node.data
        if call in batched(self.hook):
            size = batched(self.hook).index(call)
            return self.named(f"{at(self.layout.row[call, number])} / b_{size}", "g")
        point = self.text(node.args[0])
        if call in self.layout.met:
            return self.noisy(call, point)
        return self.gradient(call.kind, point)

    def sample(self, row: int) -> str:
        """The number of the law in a row of samples."""
        return f"signed(s, {row} * TILE + i)" if self.layout.packed else at(row, "s")

    def noisy(self, call: Call, point: str) -> str:
        """A stochastic gradient at a point."""
        met = self.layout.met[call]
        row = self.layout.sample(call, self.step)
        level = self.layout.level[call]
        noise = f"l_{level} * {self.sample(row)}"
        if met.paired:
            # Samples may be held in single precision, which vectors of them are not.
            form = "{}" if self.layout.vector else "np.float64({})"
            pair = f"{form.format(self.sample(row))}, {form.format(at(row + 1, 's'))}"
            partner = self.named(f"correlate({pair}, l_{level + 2}, l_{level + 3})")
            noise = f"(l_{level} * {self.sample(row)} - l_{level + 1} * {partner})"
        gradient = f"({self.gradient(call.kind, point)} + {noise})"
        if met.curved:
            last = level + met.levels - 1
            factor = self.sample(row + met.rows - 1)
            gradient += f" + (l_{last} * {factor}) * {self.from_centre(point)}"
        return self.named(gradient, "g")

    # -- measures

    def measured(self, measure: Measure) -> str:
        """A coordinate's part of a measure."""
        point = f"s_{measure.of}"
        if measure.form == "gap":
            return self.gradient("value", point)
        if measure.form == "grad":
            g = self.gradient("f", point)
            return f"{g} * {g}"
        if measure.form == "square":
            return f"{point} * {point}"
        z = self.from_centre(point)
        if measure.form == "distance":
            return f"{z} * {z}"
        return f"{z} * ({at(self.layout.row['constant', measure])} * {z})"

    def state_after(self) -> dict[str, str]:
        """The new value of each state variable that the hook changes."""
        outputs = zip(self.layout.program.state, self.hook.outputs, strict=True)
        return {
            v: self.text(node) for v, node in outputs if not (node.op == "state" and node.data == v)
        }

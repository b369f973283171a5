"""A small compiler: formulas in Python's syntax become loops, by llvmlite and Shiver.

What is compiled is the body of a loop: it takes the inputs and an index, and returns one element of
the result. Threads, vectors and vector mathematics are Shiver's affair.
"""

from __future__ import annotations

import ast
from functools import lru_cache, reduce
from time import perf_counter

import numpy as np
from llvmlite import ir

import shiver

BOOL, INDEX = ir.IntType(1), ir.IntType(64)
REALS = {"float32": (ir.FloatType(), "f"), "float64": (ir.DoubleType(), "")}
ARITHMETIC = {ast.Add: "fadd", ast.Sub: "fsub", ast.Mult: "fmul", ast.Div: "fdiv"}
COMPARISONS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "=="}
# C's functions and how many arguments they take.
FUNCTIONS = dict.fromkeys(["sqrt", "cbrt", "sin", "cos", "tan", "exp", "log", "tanh", "erf"], 1)
FUNCTIONS |= dict.fromkeys(["pow", "atan2", "hypot", "fmin", "fmax"], 2)


class Emitter(ast.NodeVisitor):
    """Emits the instructions of an expression; a visit gives the value that a node computes."""

    def __init__(self, text: str, names: dict[str, ir.Value], builder: ir.IRBuilder, dtype: str):
        self.text, self.names, self.builder = text, names, builder
        self.real, self.suffix = REALS[dtype]

    def wrong(self, node: ast.expr, what: str) -> SyntaxError:
        return SyntaxError(what, ("<formula>", node.lineno, node.col_offset + 1, self.text))

    def number(self, node: ast.expr) -> ir.Value:
        value = self.visit(node)
        return self.builder.uitofp(value, self.real) if value.type == BOOL else value

    def truth(self, node: ast.expr) -> ir.Value:
        value = self.visit(node)
        differs = self.builder.fcmp_unordered
        return value if value.type == BOOL else differs("!=", value, self.real(0))

    def generic_visit(self, node: ast.AST) -> ir.Value:
        raise self.wrong(node, "this is no part of the language")

    def visit_Constant(self, node: ast.Constant) -> ir.Value:
        if type(node.value) not in (int, float, bool):
            raise self.wrong(node, "constants are numbers")
        return self.real(float(node.value))

    def visit_Name(self, node: ast.Name) -> ir.Value:
        if node.id not in self.names:
            raise self.wrong(node, f"{node.id!r} is neither given nor bound")
        return self.names[node.id]

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ir.Value:
        self.names[node.target.id] = self.visit(node.value)
        return self.names[node.target.id]

    def visit_BinOp(self, node: ast.BinOp) -> ir.Value:
        left, right = self.number(node.left), self.number(node.right)
        if isinstance(node.op, ast.Pow):
            return self.call("pow", [left, right])
        if type(node.op) not in ARITHMETIC:
            raise self.wrong(node, "the operators are + - * / **")
        return getattr(self.builder, ARITHMETIC[type(node.op)])(left, right)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ir.Value:
        if isinstance(node.op, ast.Not):
            return self.builder.not_(self.truth(node.operand))
        if isinstance(node.op, ast.USub):
            return self.builder.fneg(self.number(node.operand))
        raise self.wrong(node, "the operators of one operand are - and not")

    def visit_BoolOp(self, node: ast.BoolOp) -> ir.Value:
        join = self.builder.and_ if isinstance(node.op, ast.And) else self.builder.or_
        return reduce(join, map(self.truth, node.values))

    def visit_Compare(self, node: ast.Compare) -> ir.Value:
        operands = [self.number(operand) for operand in (node.left, *node.comparators)]
        if not all(type(op) in COMPARISONS for op in node.ops):
            raise self.wrong(node, "the comparisons are < <= > >= ==")
        signs = [COMPARISONS[type(op)] for op in node.ops]
        links = map(self.builder.fcmp_ordered, signs, operands, operands[1:])
        return reduce(self.builder.and_, links)

    def visit_IfExp(self, node: ast.IfExp) -> ir.Value:
        # Both sides are computed, and one is taken: so the loop needs no branches.
        condition = self.truth(node.test)
        return self.builder.select(condition, self.number(node.body), self.number(node.orelse))

    def visit_Call(self, node: ast.Call) -> ir.Value:
        name = getattr(node.func, "id", None)
        if FUNCTIONS.get(name) != len(node.args) or node.keywords:
            known = ", ".join(f"{name} of {arity}" for name, arity in FUNCTIONS.items())
            raise self.wrong(node, f"the functions are {known}")
        return self.call(name, [self.number(argument) for argument in node.args])

    def call(self, name: str, arguments: list[ir.Value]) -> ir.Value:
        name, module = name + self.suffix, self.builder.module
        kind = ir.FunctionType(self.real, [self.real] * len(arguments))
        callee = module.globals.get(name) or ir.Function(module, kind, name)
        return self.builder.call(callee, arguments)


@lru_cache
def compile_formula(text: str, numbers: tuple, arrays: tuple, dtype: str) -> shiver.Function:
    """The body of a loop: of the named numbers, the named arrays and an index, one element."""
    real, _ = REALS[dtype]
    types = [real] * len(numbers) + [real.as_pointer()] * len(arrays) + [INDEX]
    body = ir.Function(ir.Module(), ir.FunctionType(real, types), "formula")
    builder = ir.IRBuilder(body.append_basic_block())
    *inputs, index = body.args
    for k, array in enumerate(inputs[len(numbers) :], len(numbers)):
        inputs[k] = builder.load(builder.gep(array, [index]))
    names = dict(zip(numbers + arrays, inputs, strict=True))
    builder.ret(Emitter(text, names, builder, dtype).number(ast.parse(text, mode="eval").body))
    return shiver.from_llvm(body)


def evaluate(text: str, **inputs: object) -> np.ndarray:
    """The formula's value for each element of the inputs, which are broadcast as NumPy does."""
    given = {name: np.asarray(value) for name, value in inputs.items()}
    shape = np.broadcast_shapes(*(value.shape for value in given.values()))
    dtype = np.result_type(np.float32, *given.values())
    numbers = tuple(name for name, value in given.items() if value.ndim == 0)
    arrays = tuple(name for name in given if name not in numbers)
    fixed = [given[name].item() for name in numbers]
    fixed += [np.ascontiguousarray(np.broadcast_to(given[name], shape), dtype) for name in arrays]
    body = compile_formula(text, numbers, arrays, dtype.name)
    return shiver.parfor(body, int(np.prod(shape)), fixed).reshape(shape)


if __name__ == "__main__":
    FORMULA = "exp(-r) * cos(k * r) if (r := sqrt(x**2 + y**2)) < 1 else 0"
    x, y = np.random.default_rng(0).uniform(-1, 1, (2, 4_000_000))
    for _ in range(2):
        start = perf_counter()
        values = evaluate(FORMULA, x=x, y=y, k=20.0)
        print(f"Shiver {(perf_counter() - start) * 1e3:.1f} ms")
    start = perf_counter()
    r = np.sqrt(x**2 + y**2)
    numpys = np.where(r < 1, np.exp(-r) * np.cos(20.0 * r), 0)
    print(f"NumPy  {(perf_counter() - start) * 1e3:.1f} ms, same: {np.allclose(values, numpys)}")

# lstm, generated.


import numpy as np

DTYPE = np.float64
minus_one = np.array(-1, DTYPE)

# Axes of every argument and output.
_ARGUMENTS = {
    'x': ('time', 'batch', 'input'),
    'h0': ('batch', 'hidden'),
    'c0': ('batch', 'hidden'),
    'W_f': ('hidden', 'input'),
    'U_f': ('hidden', 'hidden'),
    'b_f': ('hidden',),
    'W_i': ('hidden', 'input'),
    'U_i': ('hidden', 'hidden'),
    'b_i': ('hidden',),
    'W_o': ('hidden', 'input'),
    'U_o': ('hidden', 'hidden'),
    'b_o': ('hidden',),
    'W_g': ('hidden', 'input'),
    'U_g': ('hidden', 'hidden'),
    'b_g': ('hidden',),
}
_OUTPUTS = {
    'h': ('time', 'batch', 'hidden'),
    'c': ('time', 'batch', 'hidden'),
}
_AXES = ('input', 'hidden', )


class Run:
    """One run of `forward`: `run[name]`, or `run.name`, is a copy of an output, (time, batch, ...), for t = 1..T.

    The run leases its memory until it is dropped; two live runs never share any.
    """

    def __init__(self, work):
        self._work = work

    def __getitem__(self, name):
        if name not in _OUTPUTS:
            raise KeyError(f"no output {name!r}; the outputs are {', '.join(_OUTPUTS)}")
        return _output(self._work, name)

    def __getattr__(self, name):
        if name in _OUTPUTS:
            return self[name]
        raise AttributeError(f"a run has no attribute {name!r}; its outputs are {', '.join(_OUTPUTS)}")

    def __reduce_ex__(self, protocol):
        raise TypeError("a run is not copied or pickled, it leases its memory: keep its outputs, which are copies")

    def __del__(self):
        work = self.__dict__.get("_work")
        if work is not None:
            _free.append(work)
            del _free[:-_MOST_FREE]


_free = []
_MOST_FREE = 4
"""Workspaces of dropped runs that are kept for the next ones."""


def _lease(*key):
    """A workspace that no live run has: a free one of these sizes, else a new one."""
    for at, work in enumerate(_free):
        if work.key == key:
            return _free.pop(at)
    return _Workspace(*key)


def _rows(batch, *units):
    """Slices of neighbouring rows with so many units each, and the total width."""
    cuts, start = [], 0
    for count in units:
        cuts.append(slice(start * batch, (start + count) * batch))
        start += count
    return *cuts, start * batch


def _join(first, last):
    return slice(first.start, last.stop)


def _matrix(rows, units, batch):
    """Rows as a matrix (units, batch); as a vector if the batch is one row, which NumPy multiplies faster."""
    return rows if batch == 1 else rows.reshape(units, batch)

one = np.array(1, DTYPE)


def forward(x, h0, c0, *, W_f, U_f, b_f, W_i, U_i, b_i, W_o, U_o, b_o, W_g, U_g, b_g):
    """Run the cell over a sequence of `time` steps, for each row of the batch.

    Args:
        x: (time, batch, input)
        h0: (batch, hidden)
        c0: (batch, hidden)
        W_f: (hidden, input)
        U_f: (hidden, hidden)
        b_f: (hidden,)
        W_i: (hidden, input)
        U_i: (hidden, hidden)
        b_i: (hidden,)
        W_o: (hidden, input)
        U_o: (hidden, hidden)
        b_o: (hidden,)
        W_g: (hidden, input)
        U_g: (hidden, hidden)
        b_g: (hidden,)

    Returns a Run. Raises TypeError or ValueError for arguments that do not fit.
    """
    return _forward({'x': x, 'h0': h0, 'c0': c0, 'W_f': W_f, 'U_f': U_f, 'b_f': b_f, 'W_i': W_i, 'U_i': U_i, 'b_i': b_i, 'W_o': W_o, 'U_o': U_o, 'b_o': b_o, 'W_g': W_g, 'U_g': U_g, 'b_g': b_g}, {})


def _forward(arrays, constants):
    T, B, n_input, n_hidden = _sizes(arrays)
    x, h0, c0, W_f, U_f, b_f, W_i, U_i, b_i, W_o, U_o, b_o, W_g, U_g, b_g = arrays.values()
    work = _lease(T, B, n_input, n_hidden)
    np.copyto(work.input_x, x.transpose(0, 2, 1))
    np.copyto(work.initial_h, h0.transpose(1, 0))
    np.copyto(work.initial_c, c0.transpose(1, 0))
    with np.errstate(over='ignore', under='ignore'):
        for block, value in zip(work.matrix_1_blocks, (W_g, U_g, b_g,)):
            block[...] = value
        for block, value in zip(work.matrix_1_negated, (W_f, U_f, b_f, W_i, U_i, b_i, W_o, U_o, b_o,)):
            np.multiply(value, minus_one, block)
        matrix_1 = work.matrix_1
        for block, value in zip(work.matrix_2_blocks, (U_g.T, U_o.T, U_i.T, U_f.T,)):
            block[...] = value
        for block, value in zip(work.matrix_3_blocks, (W_g.T, W_o.T, W_i.T, W_f.T,)):
            block[...] = value
        if not (np.isfinite(matrix_1).all()):
            _refuse_infinite({'W_f': W_f, 'U_f': U_f, 'b_f': b_f, 'W_i': W_i, 'U_i': U_i, 'b_i': b_i, 'W_o': W_o, 'U_o': U_o, 'b_o': b_o, 'W_g': W_g, 'U_g': U_g, 'b_g': b_g})
        tanh, exp, add, divide, multiply = np.tanh, np.exp, np.add, np.divide, np.multiply
        c_part_c_part_2, c_part, c_part_2 = work.tape_still
        dot_matrix_1 = _times(work.matrix_1, B)
        for x_h_prev_ones, g_to_o, g, f_i_o, f_i, c_prev_g, c, tanh_1, o, h in work.tape_steps:
            dot_matrix_1(x_h_prev_ones, g_to_o)
            tanh(g, g)
            exp(f_i_o, f_i_o)
            add(f_i_o, one, f_i_o)
            divide(one, f_i_o, f_i_o)
            multiply(f_i, c_prev_g, c_part_c_part_2)
            add(c_part, c_part_2, c)
            tanh(c, tanh_1)
            multiply(o, tanh_1, h)
    return Run(work)


def backward(_run, /, *, h=None, c=None):
    """Gradients of the sum over all outputs of `sum(cotangent * output)`, by name.

    A cotangent has the shape of its output, (time, batch, ...); one that is left out is zero.
    Gradients have the shapes of the arguments of `forward`.
    """
    return _gradients(_run, {'h': h, 'c': c}, '')


def backward_rows(_run, /, *, h=None, c=None):
    """The same, but the gradients of parameters apart for each row of the batch: (batch, ...)."""
    return _gradients(_run, {'h': h, 'c': c}, 'b')


def _gradients(run, cotangents, rows):
    """`rows` is "b" for parameter gradients of each row of the batch by itself, else empty."""
    work = _work_of(run)
    T, B, n_input, n_hidden = work.key
    _check_cotangents(cotangents, work.key)
    h_given = cotangents['h'] is not None
    c_given = cotangents['c'] is not None
    work.flow_work[...] = 0
    outer_1 = _zeros(work.sum_1, B, rows)
    x_gradient = np.empty((T, B, n_input, ), DTYPE)
    with np.errstate(over='ignore', under='ignore'):
        multiply, subtract, add = np.multiply, np.subtract, np.add
        d_h_prev, d_c_prev, d_c, d_h_prev_2 = work.flow_still
        dot_matrix_2 = _times(work.matrix_2, B)
        for lo, hi, pieces, d_U_g_h_to_d_U_o_h_2, right_1, left_1, given_h_2, given_c_2 in reversed(work.flow_chunks):
            if h_given:
                np.copyto(given_h_2, cotangents['h'][lo:hi].transpose(0, 2, 1))
            if c_given:
                np.copyto(given_c_2, cotangents['c'][lo:hi].transpose(0, 2, 1))
            for first, last, tanh_1, d_c_part, g, d_U_g_h, f_i_o, d_U_f_h_d_U_i_h_d_U_o_h, d_c_part_d_U_g_h, o, i, c_prev_g, d_U_f_h_d_U_i_h, d_U_o_h in reversed(pieces):
                multiply(tanh_1, tanh_1, d_c_part)
                multiply(g, g, d_U_g_h)
                subtract(one, f_i_o, d_U_f_h_d_U_i_h_d_U_o_h)
                subtract(one, d_c_part_d_U_g_h, d_c_part_d_U_g_h)
                multiply(f_i_o, d_U_f_h_d_U_i_h_d_U_o_h, d_U_f_h_d_U_i_h_d_U_o_h)
                multiply(o, d_c_part, d_c_part)
                multiply(i, d_U_g_h, d_U_g_h)
                multiply(c_prev_g, d_U_f_h_d_U_i_h, d_U_f_h_d_U_i_h)
                multiply(tanh_1, d_U_o_h, d_U_o_h)
                for given_h, d_c_part_2, d_U_o_h_2, given_c, d_U_g_h_2, d_U_f_h, d_U_i_h, d_U_g_h_to_d_U_o_h, f in reversed(work.flow_steps[first:last]):
                    if h_given:
                        add(d_h_prev, given_h, d_h_prev)
                    multiply(d_c_part_2, d_h_prev, d_c_part_2)
                    multiply(d_U_o_h_2, d_h_prev, d_U_o_h_2)
                    add(d_c_prev, d_c_part_2, d_c)
                    if c_given:
                        add(d_c, given_c, d_c)
                    multiply(d_U_g_h_2, d_c, d_U_g_h_2)
                    multiply(d_U_f_h, d_c, d_U_f_h)
                    multiply(d_U_i_h, d_c, d_U_i_h)
                    multiply(f, d_c, d_c_prev)
                    dot_matrix_2(d_U_g_h_to_d_U_o_h, d_h_prev_2)
            _product(work.matrix_3, d_U_g_h_to_d_U_o_h_2, x_gradient[lo:hi].transpose(0, 2, 1))
            columns_1 = _columns(right_1, rows, work.columns_1)
            np.add(outer_1, _outer(left_1, columns_1, rows, *work.outer_1), outer_1)
    return {
        'W_f': outer_1[..., n_hidden:2 * n_hidden, 0:n_input].copy(order='C'),
        'U_f': outer_1[..., n_hidden:2 * n_hidden, n_input:n_input + n_hidden].copy(order='C'),
        'b_f': outer_1[..., n_hidden:2 * n_hidden, n_input + n_hidden].copy(order='C'),
        'W_i': outer_1[..., 2 * n_hidden:3 * n_hidden, 0:n_input].copy(order='C'),
        'U_i': outer_1[..., 2 * n_hidden:3 * n_hidden, n_input:n_input + n_hidden].copy(order='C'),
        'b_i': outer_1[..., 2 * n_hidden:3 * n_hidden, n_input + n_hidden].copy(order='C'),
        'W_o': outer_1[..., 3 * n_hidden:4 * n_hidden, 0:n_input].copy(order='C'),
        'U_o': outer_1[..., 3 * n_hidden:4 * n_hidden, n_input:n_input + n_hidden].copy(order='C'),
        'b_o': outer_1[..., 3 * n_hidden:4 * n_hidden, n_input + n_hidden].copy(order='C'),
        'W_g': outer_1[..., 0:n_hidden, 0:n_input].copy(order='C'),
        'U_g': outer_1[..., 0:n_hidden, n_input:n_input + n_hidden].copy(order='C'),
        'b_g': outer_1[..., 0:n_hidden, n_input + n_hidden].copy(order='C'),
        'x': x_gradient,
        'h0': work.gradient_h0.transpose(1, 0).copy(order='C'),
        'c0': work.gradient_c0.transpose(1, 0).copy(order='C'),
    }


class _Workspace:
    """The memory of one run, with a view for every operand of every step: the loops only call NumPy."""

    def __init__(self, T, B, n_input, n_hidden):
        self.key = (T, B, n_input, n_hidden)

        # Every step: what the next step or the backward pass reads. A row is all units of a value, batch last.
        x, h_prev, ones, c_prev, g, f, i, o, tanh_1, width = _rows(B, n_input, n_hidden, 1, n_hidden, n_hidden, n_hidden, n_hidden, n_hidden, n_hidden)
        self.tape = tape = np.zeros((T + 1, width), DTYPE)
        tape[:, ones] = 1

        # One step of the forward pass.
        c_part, c_part_2, width = _rows(B, n_hidden, n_hidden)
        self.tape_work = tape_work = np.zeros(width, DTYPE)

        # A chunk of steps backward: coefficients, which the loop turns into cotangents in place.
        d_c_part, d_U_g_h, d_U_f_h, d_U_i_h, d_U_o_h, width = _rows(B, n_hidden, n_hidden, n_hidden, n_hidden, n_hidden)
        piece = _piece(B, n_hidden)
        chunk = _chunk(T, B, width, n_input + n_hidden + 1, piece)
        self.flow = flow = np.zeros((chunk + 1, width), DTYPE)

        # Cotangents of outputs.
        given_h, given_c, width = _rows(B, n_hidden, n_hidden)
        self.given = given = np.zeros((chunk + 1, width), DTYPE)

        # One step of the backward pass.
        d_h_prev, d_c_prev, d_c, width = _rows(B, n_hidden, n_hidden, n_hidden)
        self.flow_work = flow_work = np.zeros(width, DTYPE)
        self.matrix_1 = np.zeros((4 * n_hidden, n_input + n_hidden + 1), DTYPE)
        self.matrix_2 = np.zeros((n_hidden, 4 * n_hidden), DTYPE)
        self.matrix_3 = np.zeros((n_input, 4 * n_hidden), DTYPE)
        lo, hi = 0, T
        self.tape_before = ()
        self.tape_still = (
            tape_work[_join(c_part, c_part_2)],
            tape_work[c_part],
            tape_work[c_part_2],
        )
        self.tape_steps = [
            (
                _matrix(tape[t, _join(x, ones)], n_input + n_hidden + 1, B),
                _matrix(tape[t, _join(g, o)], 4 * n_hidden, B),
                tape[t, g],
                tape[t, _join(f, o)],
                tape[t, _join(f, i)],
                tape[t, _join(c_prev, g)],
                tape[t + 1, c_prev],
                tape[t, tanh_1],
                tape[t, o],
                tape[t + 1, h_prev],
            )
            for t in range(T)
        ]
        self.tape_after = ()
        self.flow_chunks = [
            (
                lo,
                hi,
                [
                    (
                        first,
                        last,
                        tape[first:last, tanh_1],
                        flow[first - lo:last - lo, d_c_part],
                        tape[first:last, g],
                        flow[first - lo:last - lo, d_U_g_h],
                        tape[first:last, _join(f, o)],
                        flow[first - lo:last - lo, _join(d_U_f_h, d_U_o_h)],
                        flow[first - lo:last - lo, _join(d_c_part, d_U_g_h)],
                        tape[first:last, o],
                        tape[first:last, i],
                        tape[first:last, _join(c_prev, g)],
                        flow[first - lo:last - lo, _join(d_U_f_h, d_U_i_h)],
                        flow[first - lo:last - lo, d_U_o_h],
                    )
                    for first, last in _ranges(lo, hi, piece)
                ],
                flow[:hi - lo, _join(d_U_g_h, d_U_o_h)].reshape(hi - lo, 4 * n_hidden, B),
                tape[lo:hi, _join(x, ones)].reshape(hi - lo, n_input + n_hidden + 1, B),
                flow[:hi - lo, _join(d_U_g_h, d_U_o_h)].reshape(hi - lo, 4 * n_hidden, B),
                given[:hi - lo, given_h].reshape(hi - lo, n_hidden, B),
                given[:hi - lo, given_c].reshape(hi - lo, n_hidden, B),
            )
            for lo, hi in _ranges(0, T, chunk)
        ]
        self.flow_still = (
            flow_work[d_h_prev],
            flow_work[d_c_prev],
            flow_work[d_c],
            _matrix(flow_work[d_h_prev], n_hidden, B),
        )
        of_chunk = [
            (
                given[t, given_h],
                flow[t, d_c_part],
                flow[t, d_U_o_h],
                given[t, given_c],
                flow[t, d_U_g_h],
                flow[t, d_U_f_h],
                flow[t, d_U_i_h],
                _matrix(flow[t, _join(d_U_g_h, d_U_o_h)], 4 * n_hidden, B),
            )
            for t in range(chunk)
        ]
        self.flow_steps = [
            (
                *of_chunk[t % chunk],
                tape[t, f],
            )
            for t in range(T)
        ]
        self.columns_1 = np.empty((chunk * B if B != 1 else 0, n_input + n_hidden + 1), DTYPE)
        self.outer_1 = (
            np.empty((4 * n_hidden, chunk * B if B != 1 else 0), DTYPE),
            np.empty((4 * n_hidden, n_input + n_hidden + 1), DTYPE),
        )
        self.sum_1 = np.empty((4 * n_hidden, n_input + n_hidden + 1), DTYPE)
        self.matrix_1_blocks = (
            self.matrix_1[0:n_hidden, 0:n_input],
            self.matrix_1[0:n_hidden, n_input:n_input + n_hidden],
            self.matrix_1[0:n_hidden, n_input + n_hidden],
        )
        self.matrix_1_negated = (
            self.matrix_1[n_hidden:2 * n_hidden, 0:n_input],
            self.matrix_1[n_hidden:2 * n_hidden, n_input:n_input + n_hidden],
            self.matrix_1[n_hidden:2 * n_hidden, n_input + n_hidden],
            self.matrix_1[2 * n_hidden:3 * n_hidden, 0:n_input],
            self.matrix_1[2 * n_hidden:3 * n_hidden, n_input:n_input + n_hidden],
            self.matrix_1[2 * n_hidden:3 * n_hidden, n_input + n_hidden],
            self.matrix_1[3 * n_hidden:4 * n_hidden, 0:n_input],
            self.matrix_1[3 * n_hidden:4 * n_hidden, n_input:n_input + n_hidden],
            self.matrix_1[3 * n_hidden:4 * n_hidden, n_input + n_hidden],
        )
        self.matrix_2_blocks = (
            self.matrix_2[0:n_hidden, 0:n_hidden],
            self.matrix_2[0:n_hidden, 3 * n_hidden:4 * n_hidden],
            self.matrix_2[0:n_hidden, 2 * n_hidden:3 * n_hidden],
            self.matrix_2[0:n_hidden, n_hidden:2 * n_hidden],
        )
        self.matrix_3_blocks = (
            self.matrix_3[0:n_input, 0:n_hidden],
            self.matrix_3[0:n_input, 3 * n_hidden:4 * n_hidden],
            self.matrix_3[0:n_input, 2 * n_hidden:3 * n_hidden],
            self.matrix_3[0:n_input, n_hidden:2 * n_hidden],
        )
        self.gradient_h0 = flow_work[d_h_prev].reshape(n_hidden, B)
        self.gradient_c0 = flow_work[d_c_prev].reshape(n_hidden, B)
        self.input_x = tape[:T, x].reshape(T, n_input, B)
        self.initial_h = tape[0, h_prev].reshape(n_hidden, B)
        self.initial_c = tape[0, c_prev].reshape(n_hidden, B)
        self.output_h = tape[1:T + 1, h_prev].reshape(T, n_hidden, B)
        self.output_c = tape[1:T + 1, c_prev].reshape(T, n_hidden, B)


def _output(work, name):
    """A copy of an output, (time, batch, ...)."""
    return {
        'h': work.output_h.transpose(0, 2, 1),
        'c': work.output_c.transpose(0, 2, 1),
    }[name].copy(order='C')


def _sizes(arguments):
    """T, B and the units of each axis, once every argument is an array of DTYPE that agrees with the others."""
    found = {}
    for name, value in arguments.items():
        axes = _ARGUMENTS[name]
        if not isinstance(value, (np.ndarray, np.generic)) or value.dtype != DTYPE:
            _refuse_dtype(name, value)
        if value.ndim != len(axes):
            raise ValueError(f"{name} has shape {value.shape}, expected ({', '.join(axes)})")
        for axis, units in zip(axes, value.shape):
            if found.setdefault(axis, units) != units:
                wanted = ", ".join(f"{a}={found.get(a, 'any')}" for a in axes)
                raise ValueError(f"{name} has shape {value.shape}, expected ({wanted}) as in the arguments before it")
    for axis in _AXES:
        if found[axis] < 1:
            raise ValueError(f"axis {axis} has no units; at least 1 is expected")
    return [found[axis] for axis in ("time", "batch", *_AXES)]


def _refuse_dtype(name, value):
    found = f"an array of {value.dtype}" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"
    wanted = np.dtype(DTYPE).name
    raise TypeError(f"{name} is {found}, expected an array of {wanted}: np.asarray({name}, dtype='{wanted}') makes one")


def _scalar(name, value):
    try:
        number = np.array(value, DTYPE)
    except (TypeError, ValueError):
        raise TypeError(f"{name} is {value!r}, expected a number") from None
    if number.ndim or not np.isfinite(number):
        raise ValueError(f"{name} is {value!r}, expected one finite number")
    return number


def _refuse_infinite(parameters):
    """Raise for the first parameter that is not finite; a fixed value may be infinite where none is."""
    for name, value in parameters.items():
        if not np.isfinite(value).all():
            where = tuple(int(i) for i in np.argwhere(~np.isfinite(value))[0])
            raise ValueError(f"{name}[{', '.join(map(str, where))}] is {value[where]}, expected finite weights")


def _work_of(run):
    """The workspace of a run of this module: another's holds other numbers."""
    if type(run) is Run:
        return run._work
    found = f"a {type(run).__name__}" if type(run).__name__ != "Run" else "a run of another kernel"
    raise TypeError(f"the first argument is {found}, expected a run that this kernel's own forward has returned")


def _check_cotangents(cotangents, key):
    """Raise for a cotangent that has not the dtype and shape of its output."""
    sizes = dict(zip(("time", "batch", *_AXES), key))
    for name, value in cotangents.items():
        if value is None:
            continue
        if not isinstance(value, np.ndarray) or value.dtype != DTYPE:
            _refuse_dtype(f"cotangent {name}", value)
        shape = tuple(sizes[axis] for axis in _OUTPUTS[name])
        if value.shape != shape:
            wanted = ", ".join(f"{axis}={sizes[axis]}" for axis in _OUTPUTS[name])
            raise ValueError(f"cotangent {name} has shape {value.shape}, expected ({wanted})")


def _array(value, shape):
    return np.array(np.broadcast_to(value, shape), DTYPE, order="C")


def _shaped(value, shape):
    """A copy of part of a matrix product, with the axes of a parameter."""
    return value.reshape(shape).copy(order="C")


def _piece(B, units):
    """How many steps' coefficients go together: the next call on a row should find it in the cache nearest by."""
    return max(1, 1024 // max(1, B * units))


def _chunk(T, B, width, columns, piece):
    """How many steps go backward together: what fits the cache, and enough for a product to outweigh adding it up."""
    return max(1, min(T, max(16384 // max(1, width), columns // max(1, B), 2 * piece)))


def _ranges(first, last, length):
    """Ranges of so many steps; the last may be shorter."""
    return [(lo, min(lo + length, last)) for lo in range(first, last, length)]


def _blocks(rows, inner, columns):
    """How many blocks of rows a large product takes: up to 10**6 multiplications, OpenBLAS need not copy operands."""
    blocks = 1
    while rows // blocks * inner * columns > 10**6:
        blocks *= 2
        if rows % blocks or rows // blocks < 8:
            return 1
    return blocks


def _times(matrix, batch):
    """The function that writes matrix @ operands, those of one step, to its second argument."""
    rows, units = matrix.shape
    blocks = _blocks(rows, units, batch)
    if batch == 1 or blocks == 1:
        return matrix.dot
    shape = (blocks, rows // blocks, batch)
    stacked = matrix.reshape(blocks, rows // blocks, units)
    return lambda operands, out: np.matmul(stacked, operands, out=out.reshape(shape))


def _product(matrix, operands, out):
    """out[t] = matrix @ operands[t] for a range of steps."""
    rows, units = matrix.shape
    steps, _, batch = operands.shape
    if batch == 1:
        np.matmul(operands[..., 0], matrix.T, out=out[..., 0])
        return
    if units == 1:
        np.multiply(matrix, operands, out=out)
        return
    blocks = _blocks(rows, units, batch)
    stacked = matrix.reshape(blocks, rows // blocks, units)
    np.matmul(stacked, operands[:, None], out=out.reshape(steps, blocks, rows // blocks, batch))


def _flat(rows, memory):
    """Rows of a range of steps (T, units, B) as one matrix (units, T * B); a view if there is no memory for a copy."""
    T, units, B = rows.shape
    if memory is None:
        return rows.transpose(1, 0, 2).reshape(units, T * B)
    memory = memory[:, :T * B]
    if memory.size:
        batch = f"V{B * memory.itemsize}"  # the numbers of one step as one item, which is copied faster
        np.copyto(memory.view(batch), rows.view(batch)[..., 0].T)
    return memory


def _columns(right, rows, memory):
    """A range of steps (T, units, B) as one matrix (T * B, units), or as it is for products of each row by itself.

    It is a view if there is no memory for a copy.
    """
    T, units, B = right.shape
    if rows:
        return right
    if memory is None:
        return right.transpose(0, 2, 1).reshape(T * B, units)
    if B == 1:
        return right[..., 0]
    memory = memory[:T * B]
    np.copyto(memory.reshape(T, B, units), right.transpose(0, 2, 1))
    return memory


def _zeros(memory, B, rows):
    """Where a sum begins: in memory that is there, or apart for each row of the batch."""
    if rows:
        return np.zeros((B, *memory.shape), DTYPE)
    memory[...] = 0
    return memory


def _outer(left, right, rows, flat_left, out):
    """Sum over steps and the batch of left[t, i, b] right[(t, b), j]; for each row b of the batch if `rows`."""
    if rows:
        dense = np.ascontiguousarray
        return np.matmul(dense(left.transpose(2, 1, 0)), dense(right.transpose(2, 0, 1)))
    if left.shape[2] == 1:
        return np.dot(left[..., 0].T, right, out)
    flat_left, (units, columns) = _flat(left, flat_left), out.shape
    blocks = _blocks(units, len(right), columns)
    if blocks == 1:
        return np.dot(flat_left, right, out)
    np.matmul(flat_left.reshape(blocks, units // blocks, -1), right, out=out.reshape(blocks, units // blocks, columns))
    return out


def _total(values, rows):
    """Sum over steps (and the batch, unless `rows`)."""
    total = values.sum(axis=0)
    return np.moveaxis(total, -1, 0).copy() if rows else total.sum(axis=-1)

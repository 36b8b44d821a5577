"""The parts of an emitted module that are the same for every cell."""

HEAD = '''
import numpy as np

DTYPE = np.{dtype}
minus_one = np.array(-1, DTYPE)

# Axes of every argument and output.
_ARGUMENTS = {{
{arguments}}}
_OUTPUTS = {{
{outputs}}}
_AXES = ({axes})


class Run:
    """One run of `forward`: `run[name]`, or `run.name`, is a copy of an output, (time, batch, ...), for t = 1..T.

    The run leases its memory until it is dropped; two live runs never share any.
    """

    def __init__(self, work):
        self._work = work

    def __getitem__(self, name):
        if name not in _OUTPUTS:
            raise KeyError(f"no output {{name!r}}; the outputs are {{', '.join(_OUTPUTS)}}")
        return _output(self._work, name)

    def __getattr__(self, name):
        if name in _OUTPUTS:
            return self[name]
        raise AttributeError(f"a run has no attribute {{name!r}}; its outputs are {{', '.join(_OUTPUTS)}}")

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
'''

TAIL = '''
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
'''

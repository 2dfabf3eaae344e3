"""The blocks of engine/FORMAT.md section 8, read as it describes them; zstd frames are refused. Standard library only.

Slow and plain on purpose: a second opinion, not a second engine."""

import struct

M64 = (1 << 64) - 1


class Damaged(Exception):
    """The bytes are not what the format allows."""


class Folded(Exception):
    """A zstd frame: not read here."""


def require(condition, what):
    if not condition:
        raise Damaged(what)


def signed(value, bits=64):
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


class Bytes:
    """A stretch of bytes, read from its start to its end."""

    def __init__(self, data, at=0, end=None):
        self.data, self.at, self.end = data, at, len(data) if end is None else end

    def take(self, count):
        require(0 <= count <= self.end - self.at, "bytes end too early")
        self.at += count
        return self.data[self.at - count : self.at]

    def sub(self, count):
        self.take(count)
        return Bytes(self.data, self.at - count, self.at)

    def left(self):
        return self.end - self.at

    def done(self):
        require(self.left() == 0, "bytes behind the end")

    def u8(self):
        return self.take(1)[0]

    def u32(self):
        return int.from_bytes(self.take(4), "little")

    def u64(self):
        return int.from_bytes(self.take(8), "little")

    def varint(self, bits=64):
        value = shift = 0
        while True:
            byte = self.u8()
            value |= (byte & 0x7F) << shift
            shift += 7
            require(value >> bits == 0 and shift < bits + 13, "varint too long")
            if byte < 0x80:
                return value

    def svarint(self, bits=64):
        value = self.varint(bits)
        return value >> 1 ^ -(value & 1)


class Bits:
    """Numbers of any width, low bits first."""

    def __init__(self, source):
        self.source, self.held, self.count = source, 0, 0

    def take(self, width):
        while self.count < width:
            self.held |= self.source.u8() << self.count
            self.count += 8
        value = self.held & ((1 << width) - 1)
        self.held >>= width
        self.count -= width
        return value

    def end(self):
        require(self.count < 8 and self.held == 0, "bits behind the last number")


def bit_stream(source, count, width):
    require(width <= 64, "numbers wider than 64 bits")
    bits = Bits(source.sub((count * width + 7) // 8))
    values = [bits.take(width) for _ in range(count)]
    bits.end()
    return values


def patches(source, count, read):
    number = source.varint()
    require(number <= count, "more patches than values")
    found, at = {}, 0
    for _ in range(number):
        at += source.varint()
        require(at < count, "patch behind the last value")
        found[at] = read(source)
        at += 1
    return found


# -- Integers


def weight_of(code):
    return code if code <= 4 else (5 + (code - 5) % 4) << ((code - 5) // 4)


def frequencies(weights, states):
    total = sum(weights)
    require(total > 0, "no symbol has weight")
    found = [max(1, w * states // total) if w else 0 for w in weights]
    largest = found.index(max(found))
    excess = sum(found) - states
    if excess <= 0:
        found[largest] -= excess
    elif excess < found[largest] // 2:
        found[largest] -= excess
    else:
        while excess:
            before = excess
            for i, f in enumerate(found):
                if excess and f > 1:
                    found[i] -= 1
                    excess -= 1
            require(excess < before, "frequencies cannot be brought down")
    return found


def state_table(found, log_states):
    states = 1 << log_states
    symbol_of, at = [None] * states, 0
    for symbol, frequency in enumerate(found):
        for _ in range(frequency):
            symbol_of[at] = symbol
            at = (at + states // 2 + states // 8 + 3) % states
    seen, table = list(found), []
    for symbol in symbol_of:
        x = seen[symbol]
        seen[symbol] += 1
        width = log_states - (x.bit_length() - 1)
        table.append((symbol, width, (x << width) - states))
    return table


def symbols(source, count):
    alphabet = source.u8() + 1
    bits = Bits(source)
    log_states = bits.take(4)
    require(5 <= log_states <= 10, "number of states")
    weights, code = [], 0
    for _ in range(alphabet):
        quotient = 0
        while bits.take(1):
            quotient += 1
            require(quotient <= 64, "weight code")
        change = quotient << 1 | bits.take(1)
        code += change >> 1 ^ -(change & 1)
        require(0 <= code <= 44, "weight code")
        weights.append(weight_of(code))
    table = state_table(frequencies(weights, 1 << log_states), log_states)
    states = [bits.take(log_states) for _ in range(4)]
    values = []
    for i in range(count):
        symbol, width, base = table[states[i % 4]]
        values.append(symbol)
        states[i % 4] = base + bits.take(width)
    require(states == [0] * 4, "states at the end")
    bits.end()
    return values


def frames(source, count, base):
    heads = [(source.varint(), source.u8()) for _ in range((count + 127) // 128)]
    values = []
    for height, width in heads:
        inside = min(128, count - len(values))
        values += [base + height + v for v in bit_stream(source, inside, width)]
    return values


def packing(source, kind, count):
    base = source.svarint()
    if kind == 1:
        return frames(source, count, base)
    width = source.u8()
    found = {}
    if kind == 0:
        values = bit_stream(source, count, width)
    elif kind == 2:
        found = patches(source, count, Bytes.svarint)
        values = bit_stream(source, count, width)
    else:
        require(kind == 3 and width <= 56, "packing")
        found = patches(source, count, Bytes.svarint)
        low = bit_stream(source, count, width)
        values = [l | h << width for l, h in zip(low, symbols(source, count))]
    for at, value in found.items():
        values[at] = value
    return [base + v for v in values]


def sums(first, steps):
    values = [first]
    for step in steps:
        values.append(values[-1] + step)
    return values


def runs(source, count):
    number = source.varint()
    require(1 <= number <= max(1, count // 4), "number of runs")
    values = ints(source, number)
    lengths = [v + 1 for v in ints(source, number)]
    require(sum(lengths) == count and min(lengths) > 0, "lengths of runs")
    return [v for v, length in zip(values, lengths) for _ in range(length)]


def dictionary(source, count):
    number = source.u8() + 1
    values = ints(source, number)
    indexes = ints(source, count)
    require(all(0 <= i < number for i in indexes), "index in a dictionary")
    return [values[i] for i in indexes]


def ints_of_codec(source, codec, count):
    if codec == 0x00:
        return [source.svarint()] * count
    if codec == 0x01:
        first, step = source.svarint(), source.svarint()
        return [first + step * i for i in range(count)]
    if codec == 0x02:
        return runs(source, count)
    if codec == 0x03:
        return dictionary(source, count)
    if codec == 0x04:
        raise Folded
    kind = codec >> 4
    if kind == 1:
        return packing(source, codec & 15, count)
    if kind == 2:
        first = source.svarint()
        return sums(first, packing(source, codec & 15, count - 1))
    require(kind == 3 and count >= 2, "integer codec")
    first, step = source.svarint(), source.svarint()
    return sums(first, sums(step, packing(source, codec & 15, count - 2)))[:count]


def ints(source, count):
    """Signed 64-bit numbers."""
    codec = source.u8()
    base, divisor = 0, 1
    if codec & 0x80:
        base, divisor = source.svarint(), source.varint()
    return [signed(base + divisor * v) for v in ints_of_codec(source, codec & 0x7F, count)]


# -- The other families


def times(source, count):
    if source.data[source.at] != 0x40:
        return ints(source, count)
    source.u8()
    exponent, number = source.u8(), source.varint()
    require(exponent <= 18 and 1 <= number <= max(1, count // 8), "regular times")
    values, start, step = [], 0, 0
    for run in range(number):
        start += source.svarint()
        step += source.svarint()
        left = count - len(values)
        length = left if run + 1 == number else source.varint() + 1
        require(1 <= length <= left, "length of a run of times")
        values += [signed((start + step * i) * 10**exponent) for i in range(length)]
    return values


def double_of(bits):
    return struct.unpack("<d", struct.pack("<Q", bits & M64))[0]


def xored(source, count):
    bits = Bits(source)
    values, zeros, length = [bits.take(64)], 0, 0
    for _ in range(count - 1):
        change = 0
        if bits.take(1):
            if bits.take(1):
                zeros, length = bits.take(6), bits.take(6) + 1
            require(zeros + length <= 64 and length > 0, "xor window")
            change = bits.take(length) << (64 - zeros - length)
        values.append(values[-1] ^ change)
    bits.end()
    return values


def alp(source, count):
    exponent = signed(source.u8(), 8)
    require(-18 <= exponent <= 18, "alp exponent")
    found = patches(source, count, lambda s: double_of(s.u64()))
    scale = float(10 ** abs(exponent))
    values = [i / scale if exponent >= 0 else i * scale for i in map(float, ints(source, count))]
    for at, value in found.items():
        values[at] = value
    return values


def floats(source, count):
    codec = source.u8()
    if codec == 0:
        return [double_of(source.u64())] * count
    if codec == 1:
        return alp(source, count)
    if codec == 2:
        return [double_of(v) for v in ints(source, count)]
    if codec == 3:
        return [double_of(v) for v in xored(source, count)]
    if codec == 4:
        return [double_of(source.u64()) for _ in range(count)]
    raise Folded


def bools(source, count):
    codec = source.u8()
    if codec < 2:
        return [codec] * count
    if codec == 2:
        return bit_stream(source, count, 1)
    require(codec == 3, "bool codec")
    value, number = source.u8(), source.varint()
    require(value <= 1 and 1 <= number <= max(1, count // 4), "runs of bools")
    values = []
    for length in ints(source, number):
        values += [value] * (length + 1)
        value = 1 - value
    require(len(values) == count, "lengths of runs of bools")
    return values


def halves(source, count):
    low = ints(source, count)
    return [h << 64 | l & M64 for l, h in zip(low, ints(source, count))]


def decimals(source, count):
    """(scale, mantissas)"""
    codec, scale = source.u8(), source.u8()
    require(scale <= 38, "scale")
    if codec == 0:
        return scale, ints(source, count)
    if codec == 2:
        return scale, halves(source, count)
    require(codec == 1, "decimal codec")
    main = source.u8() & 0x7F
    require(main <= scale, "main scale")
    found = patches(source, count, lambda s: s.svarint(128))
    values = [v * 10 ** (scale - main) for v in ints(source, count)]
    for at, value in found.items():
        values[at] = value
    return scale, values


def derived(source, count, reference):
    """(scale, mantissas); reference: the same of the other block."""
    reference_scale, mantissas = reference
    codec, scale = source.u8(), source.u8()
    require(codec <= 1 and scale <= 38, "derived codec")
    if codec == 0:
        price, exponent = 10 ** max(0, scale - reference_scale), max(0, reference_scale - scale)
    else:
        price, exponent = source.svarint(), source.u8()
    found = patches(source, count, Bytes.svarint)
    values = []
    for m in mantissas:
        size = (2 * abs(m * price) + 10**exponent) // (2 * 10**exponent)
        values.append(size if m * price >= 0 else -size)
    for at, value in found.items():
        values[at] = value
    require(all(-(1 << 63) <= v < 1 << 63 for v in values), "derived value past 64 bits")
    return scale, values


def texts(source, count):
    codec, heap_size = source.u8(), source.varint()
    if codec & 0x80:
        raise Folded
    require(codec <= 1, "text codec")
    number = source.varint() + 1 if codec else count
    lengths = ints(source, number)
    indexes = ints(source, count) if codec else range(count)
    require(min(lengths) >= 0 and sum(lengths) == heap_size == source.left(), "heap of texts")
    heap = [source.take(length) for length in lengths]
    require(all(0 <= i < number for i in indexes), "index of a text")
    return [heap[i] for i in indexes]

"""XXH3 with 64 bits and seed 0, plainly, as its specification describes it. Standard library only."""

M32 = (1 << 32) - 1
M64 = (1 << 64) - 1
P32 = (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D)
P64 = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)
SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221"
    "b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb"
    "170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e"
)


def u32(data, at):
    return int.from_bytes(data[at : at + 4], "little")


def u64(data, at):
    return int.from_bytes(data[at : at + 8], "little")


def swap64(value):
    return int.from_bytes(value.to_bytes(8, "little"), "big")


def rotate64(value, bits):
    return (value << bits | value >> (64 - bits)) & M64


def fold(a, b):
    product = a * b
    return (product & M64) ^ (product >> 64)


def avalanche(h):
    h = (h ^ (h >> 37)) * 0x165667919E3779F9 & M64
    return h ^ (h >> 32)


def avalanche_xxh64(h):
    h = (h ^ (h >> 33)) * P64[1] & M64
    h = (h ^ (h >> 29)) * P64[2] & M64
    return h ^ (h >> 32)


def hash_up_to_16(data):
    size = len(data)
    if size == 0:
        return avalanche_xxh64(u64(SECRET, 56) ^ u64(SECRET, 64))
    if size <= 3:
        combined = data[0] << 16 | data[size >> 1] << 24 | data[-1] | size << 8
        return avalanche_xxh64(combined ^ (u32(SECRET, 0) ^ u32(SECRET, 4)))
    if size <= 8:
        h = (u32(data, size - 4) + (u32(data, 0) << 32)) ^ (u64(SECRET, 8) ^ u64(SECRET, 16))
        h ^= rotate64(h, 49) ^ rotate64(h, 24)
        h = h * 0x9FB21C651E98DF25 & M64
        h ^= (h >> 35) + size
        h = h * 0x9FB21C651E98DF25 & M64
        return h ^ (h >> 28)
    low = u64(data, 0) ^ (u64(SECRET, 24) ^ u64(SECRET, 32))
    high = u64(data, size - 8) ^ (u64(SECRET, 40) ^ u64(SECRET, 48))
    return avalanche((size + swap64(low) + high + fold(low, high)) & M64)


def mix16(data, at, secret_at):
    return fold(u64(data, at) ^ u64(SECRET, secret_at), u64(data, at + 8) ^ u64(SECRET, secret_at + 8))


def hash_up_to_240(data):
    size = len(data)
    h = size * P64[0] & M64
    if size <= 128:
        for i in range((size - 1) // 32, -1, -1):
            h += mix16(data, 16 * i, 32 * i) + mix16(data, size - 16 * (i + 1), 32 * i + 16)
        return avalanche(h & M64)
    for i in range(8):
        h += mix16(data, 16 * i, 16 * i)
    h = avalanche(h & M64)
    for i in range(8, size // 16):
        h += mix16(data, 16 * i, 16 * (i - 8) + 3)
    h += mix16(data, size - 16, 136 - 17)
    return avalanche(h & M64)


def accumulate(lanes, data, at, secret_at):
    for i in range(8):
        value = u64(data, at + 8 * i)
        key = value ^ u64(SECRET, secret_at + 8 * i)
        lanes[i ^ 1] = (lanes[i ^ 1] + value) & M64
        lanes[i] = (lanes[i] + (key & M32) * (key >> 32)) & M64


def hash_long(data):
    lanes = [P32[2], P64[0], P64[1], P64[2], P64[3], P32[1], P64[4], P32[0]]
    size = len(data)
    stripes_in_block = (len(SECRET) - 64) // 8
    block = 64 * stripes_in_block
    blocks = (size - 1) // block
    for b in range(blocks):
        for s in range(stripes_in_block):
            accumulate(lanes, data, b * block + 64 * s, 8 * s)
        for i in range(8):
            lane = lanes[i] ^ (lanes[i] >> 47) ^ u64(SECRET, len(SECRET) - 64 + 8 * i)
            lanes[i] = lane * P32[0] & M64
    for s in range((size - 1 - blocks * block) // 64):
        accumulate(lanes, data, blocks * block + 64 * s, 8 * s)
    accumulate(lanes, data, size - 64, len(SECRET) - 64 - 7)
    h = size * P64[0] & M64
    for i in range(4):
        at = 11 + 16 * i
        h += fold(lanes[2 * i] ^ u64(SECRET, at), lanes[2 * i + 1] ^ u64(SECRET, at + 8))
    return avalanche(h & M64)


def xxh3(data):
    if len(data) <= 16:
        return hash_up_to_16(data)
    return hash_up_to_240(data) if len(data) <= 240 else hash_long(data)

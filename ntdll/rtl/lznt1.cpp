// SPDX-License-Identifier: GPL-3.0-only
// LZNT1, as MS-XCA 2.5 describes it: chunks of up to 4,096 bytes, each with a header of 16 bits (size less
// three, signature 3, compressed), in them groups of eight literals or pairs of distance and length whose
// widths depend on the place in the chunk.
#include "abi/nt/ntrtl_hash.h"
#include "ntdll/ntdll.hpp"

namespace {

constexpr ULONG chunk_size = 4096;
constexpr USHORT compressed_bit = 0x8000;
constexpr USHORT signature = 0x3000;
constexpr ULONG hash_size = 4096;

// The work space: where in the chunk a hash of three bytes was last seen, and the one before each place; 0 is
// none, places count from 1.
struct WorkSpace {
    USHORT last[hash_size];
    USHORT before[chunk_size + 1];
};

// Bits of a pair that are the length, at a place of the chunk (more than 0).
constexpr unsigned length_bits(ULONG place) {
    unsigned bits = 12;
    for (ULONG i = place - 1; i >= 0x10; i >>= 1)
        --bits;
    return bits;
}

USHORT read16(const UCHAR* at) {
    return static_cast<USHORT>(at[0] | at[1] << 8);
}
void write16(UCHAR* at, ULONG value) {
    at[0] = static_cast<UCHAR>(value);
    at[1] = static_cast<UCHAR>(value >> 8);
}

// A chunk's bytes into `to`, which has room for `room`; false: corrupt. What has no room is left out.
bool unpack(const UCHAR* at, const UCHAR* end, UCHAR* to, ULONG room, ULONG& size) {
    size = 0;
    while (at < end) {
        unsigned flags = *at++;
        for (int i = 0; i < 8 && at < end; ++i, flags >>= 1) {
            if (size >= chunk_size) return false;
            if (!(flags & 1)) {
                if (size < room) to[size] = *at;
                ++at;
                if (size == room) return true;
                ++size;
                continue;
            }
            if (end - at < 2 || !size) return false;
            const ULONG pair = read16(at);
            at += 2;
            const unsigned bits = length_bits(size);
            const ULONG distance = (pair >> bits) + 1;
            ULONG length = (pair & ((1u << bits) - 1)) + 3;
            if (distance > size || length > chunk_size - size) return false;
            for (; length; --length, ++size) {
                if (size == room) return true;
                to[size] = to[size - distance];
            }
        }
    }
    return true;
}

class Packer {
public:
    Packer(const UCHAR* from, ULONG size, UCHAR* to, ULONG room, WorkSpace& space, bool thorough)
        : from_(from), size_(size), to_(to), room_(room), space_(space), tries_(thorough ? 256 : 16) {}

    // The size of what was written, or 0 if it is not smaller than the chunk itself, or does not fit.
    ULONG run() {
        rtl::zero(space_.last, sizeof(space_.last));
        ULONG at = 0;
        while (at < size_) {
            const ULONG flags_at = used_;
            if (!put(0)) return 0;
            for (unsigned i = 0; i < 8 && at < size_; ++i) {
                ULONG distance = 0;
                const ULONG length = longest(at, distance);
                if (length) {
                    const unsigned bits = length_bits(at);
                    const ULONG pair = (distance - 1) << bits | (length - 3);
                    if (!put(static_cast<UCHAR>(pair)) || !put(static_cast<UCHAR>(pair >> 8))) return 0;
                    to_[flags_at] = static_cast<UCHAR>(to_[flags_at] | 1u << i);
                } else if (!put(from_[at])) {
                    return 0;
                }
                for (ULONG step = length ? length : 1; step; --step)
                    remember(at++);
            }
        }
        return used_;
    }

private:
    bool put(UCHAR byte) {
        if (used_ >= room_ || used_ + 1 >= size_) return false;
        to_[used_++] = byte;
        return true;
    }
    ULONG hash(ULONG at) const {
        return (from_[at] * 0x9e5u ^ from_[at + 1] * 0x65du ^ from_[at + 2] * 0x1cfu) % hash_size;
    }
    void remember(ULONG at) {
        if (at + 3 > size_) return;
        USHORT& last = space_.last[hash(at)];
        space_.before[at + 1] = last;
        last = static_cast<USHORT>(at + 1);
    }
    ULONG longest(ULONG at, ULONG& distance) const {
        if (!at || at + 3 > size_) return 0;
        ULONG most = (1u << length_bits(at)) + 2;
        if (most > size_ - at) most = size_ - at;
        ULONG best = 2;
        unsigned left = tries_;
        for (ULONG place = space_.last[hash(at)]; place && left && best < most;
             place = space_.before[place], --left) {
            const ULONG candidate = place - 1;
            ULONG length = 0;
            while (length < most && from_[candidate + length] == from_[at + length])
                ++length;
            if (length <= best) continue;
            best = length;
            distance = at - candidate;
        }
        return best >= 3 ? best : 0;
    }

    const UCHAR* from_;
    ULONG size_;
    UCHAR* to_;
    ULONG room_;
    WorkSpace& space_;
    unsigned tries_;
    ULONG used_ = 0;
};

NTSTATUS check_format(USHORT format) {
    const USHORT name = format & 0xff;
    if (name == COMPRESSION_FORMAT_NONE || name == COMPRESSION_FORMAT_DEFAULT)
        return STATUS_INVALID_PARAMETER;
    return name == COMPRESSION_FORMAT_LZNT1 ? STATUS_SUCCESS : STATUS_UNSUPPORTED_COMPRESSION;
}

// The chunk at `at`; false: there is none.
struct Chunk {
    const UCHAR* data;
    const UCHAR* end;
    bool compressed;
};
bool next_chunk(const UCHAR* at, const UCHAR* end, Chunk& chunk, bool& corrupt) {
    corrupt = false;
    if (end - at < 2) return false;
    const USHORT header = read16(at);
    // A header of zero ends the data.
    if (!header) return false;
    chunk.data = at + 2;
    chunk.compressed = header & compressed_bit;
    const ULONG size = (header & 0xfffu) + 1;
    corrupt = size > static_cast<SIZE_T>(end - chunk.data);
    chunk.end = chunk.data + size;
    return !corrupt;
}

// One chunk of which `skip` bytes are left out; `written` counts the others.
bool expand(const Chunk& chunk, UCHAR* to, ULONG room, ULONG skip, ULONG& written, ULONG& whole) {
    UCHAR buffer[chunk_size];
    const bool direct = !skip && room >= chunk_size;
    UCHAR* target = direct ? to : buffer;
    if (chunk.compressed) {
        if (!unpack(chunk.data, chunk.end, target, chunk_size, whole)) return false;
    } else {
        whole = static_cast<ULONG>(chunk.end - chunk.data);
        rtl::copy(target, chunk.data, whole);
    }
    written = whole > skip ? whole - skip : 0;
    if (written > room) written = room;
    if (!direct) rtl::copy(to, buffer + (skip < whole ? skip : 0), written);
    return true;
}

}  // namespace

extern "C" {

NTSTATUS NTAPI RtlGetCompressionWorkSpaceSize(USHORT FormatAndEngine, PULONG WorkSpaceSize,
                                              PULONG FragmentWorkSpaceSize) {
    const NTSTATUS status = check_format(FormatAndEngine);
    if (!NT_SUCCESS(status)) return status;
    const USHORT engine = FormatAndEngine & 0xff00;
    if (engine != COMPRESSION_ENGINE_STANDARD && engine != COMPRESSION_ENGINE_MAXIMUM)
        return STATUS_NOT_SUPPORTED;
    *WorkSpaceSize = sizeof(WorkSpace) + 16;
    *FragmentWorkSpaceSize = chunk_size;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlCompressBuffer(USHORT FormatAndEngine, const UCHAR* Source, ULONG SourceSize, PUCHAR Target,
                                 ULONG TargetSize, ULONG, PULONG FinalSize, PVOID Space) {
    const NTSTATUS status = check_format(FormatAndEngine);
    if (!NT_SUCCESS(status)) return status;
    auto* space = reinterpret_cast<WorkSpace*>(rtl::round_up(reinterpret_cast<ULONG_PTR>(Space), 16));
    const bool thorough = (FormatAndEngine & 0xff00) == COMPRESSION_ENGINE_MAXIMUM;
    ULONG used = 0;
    while (SourceSize) {
        const ULONG size = SourceSize < chunk_size ? SourceSize : chunk_size;
        if (TargetSize - used < 2) return STATUS_BUFFER_TOO_SMALL;
        UCHAR* to = Target + used + 2;
        const ULONG room = TargetSize - used - 2;
        ULONG packed = Packer(Source, size, to, room, *space, thorough).run();
        USHORT header = signature;
        if (packed) {
            header |= compressed_bit;
        } else {
            if (room < size) return STATUS_BUFFER_TOO_SMALL;
            rtl::copy(to, Source, size);
            packed = size;
        }
        write16(Target + used, header | (packed - 1));
        used += 2 + packed;
        Source += size;
        SourceSize -= size;
    }
    *FinalSize = used;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlDecompressFragment(USHORT Format, PUCHAR Target, ULONG TargetSize, const UCHAR* Source,
                                     ULONG SourceSize, ULONG Offset, PULONG FinalSize, PVOID) {
    const NTSTATUS status = check_format(Format);
    if (!NT_SUCCESS(status)) return status;
    const UCHAR* end = Source + SourceSize;
    ULONG used = 0;
    Chunk chunk;
    bool corrupt = false;
    while (used < TargetSize && next_chunk(Source, end, chunk, corrupt)) {
        ULONG written, whole;
        // A chunk before the last one stands for 4,096 bytes, however many it has.
        if (!expand(chunk, Target + used, TargetSize - used, Offset, written, whole))
            return STATUS_BAD_COMPRESSION_BUFFER;
        used += written;
        Source = chunk.end;
        Offset = Offset > chunk_size ? Offset - chunk_size : 0;
        const bool more = end - Source >= 2 && read16(Source);
        if (more && written && whole < chunk_size) {
            const ULONG gap = chunk_size - whole < TargetSize - used ? chunk_size - whole : TargetSize - used;
            rtl::zero(Target + used, gap);
            used += gap;
        }
    }
    if (corrupt) return STATUS_BAD_COMPRESSION_BUFFER;
    *FinalSize = used;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlDecompressBuffer(USHORT Format, PUCHAR Target, ULONG TargetSize, const UCHAR* Source,
                                   ULONG SourceSize, PULONG FinalSize) {
    return RtlDecompressFragment(Format, Target, TargetSize, Source, SourceSize, 0, FinalSize, nullptr);
}

}  // extern "C"

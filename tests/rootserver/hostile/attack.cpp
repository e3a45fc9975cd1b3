// SPDX-License-Identifier: GPL-3.0-only
#include "attack.hpp"

#include "abi/sel4/extensions.h"

namespace hostile {

Arena arenas[kThreads];

namespace {

class Random {
public:
    explicit Random(Word seed) : state_(seed | 1) {}
    Word next() {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return state_;
    }
    Word below(Word limit) { return next() % limit; }
    bool once_in(Word count) { return below(count) == 0; }

private:
    Word state_;
};

// Places in the hostile address space where tables and frames may go.
Word address(Random& random) {
    constexpr Word kHole = Word{1} << 32;
    switch (random.below(6)) {
        case 0:
            return random.next();
        case 1:
            return 0x400000 + random.below(256) * kPage;  // its own image
        case 2:
            return kHole + random.below(4) * (Word{1} << 30);
        default:
            return kHole + random.below(16) * (Word{1} << 21) + random.below(4) * kPage;
    }
}

Word capability(Random& random) {
    if (random.once_in(2000)) return random.next();
    return random.once_in(3) ? random.below(kSlots) : 1 + random.below(kFirstFree + 6);
}

// A message word: a slot, a depth, a size, an address, a small number, or anything.
Word word(Random& random) {
    switch (random.below(8)) {
        case 0:
            return capability(random);
        case 1:
            return 64;
        case 2:
            return address(random);
        case 3:
            return random.below(16);
        case 4:
            return random.next();
        case 5:
            return random.below(300);
        case 6:
            return 4 + random.below(18);
        default:
            return random.once_in(2) ? 0 : 1;
    }
}

// Retype with arguments that are mostly right: without it the pool of objects would soon be empty.
void grow(Random& random, seL4_IPCBuffer& buffer, Word (&mr)[4]) {
    mr[0] = random.below(12);
    mr[1] = 4 + random.below(9);
    mr[2] = 0;
    mr[3] = 0;
    buffer.msg[4] = kFirstFree + random.below(kSlots - kFirstFree);
    buffer.msg[5] = 1 + random.below(3);
    buffer.caps_or_badges[0] = kOwnCNode;
}

void step(Random& random, seL4_IPCBuffer& buffer) {
    Word mr[4];
    for (Word& w : mr)
        w = word(random);
    for (int i = 4; i < 12; ++i)
        buffer.msg[i] = word(random);
    for (Word& cap : buffer.caps_or_badges)
        cap = capability(random);
    buffer.receiveCNode = kOwnCNode;
    buffer.receiveIndex = random.below(kSlots);
    buffer.receiveDepth = 64;

    Word target = capability(random);
    Word label = random.below(60);
    if (label >= 56) label += NEPTUNE_Label_VSpace_MapPages - 56;
    Word length = random.below(11);
    Word caps = random.below(4);
    if (random.once_in(4)) {
        grow(random, buffer, mr);
        target = random.once_in(2) ? Word{kMemory} : Word{kSmallMemory};
        label = seL4_Label_Untyped_Retype;
        length = 6;
        caps = 1;
    }
    seL4_Int64 number = -1;
    if (random.once_in(3)) number = -1 - static_cast<seL4_Int64>(random.below(8));
    if (random.once_in(3000)) number = static_cast<seL4_Int64>(random.next());
    const bool receives = number == seL4_SysRecv || number == seL4_SysReplyRecv || number == seL4_SysNBRecv;
    // What blocks or faults ends a life early; it should happen, but not at once.
    if (receives && !random.once_in(8)) number = seL4_SysNBRecv;
    if (receives && !random.once_in(50)) target = random.once_in(2) ? Word{kEndpoint} : Word{kNotification};
    Word badge;
    seL4_RawCall(number, target, &badge, (label << 12) | (caps << 7) | length, &mr[0], &mr[1], &mr[2],
                 &mr[3]);
}

}  // namespace

void live(Word index) {
    Arena& arena = arenas[index];
    Random random(arena.seed);
    auto& buffer = *reinterpret_cast<seL4_IPCBuffer*>(arena.buffer);
    for (Word i = 0; i < kCallsPerLife; ++i) {
        arena.calls = arena.calls + 1;
        step(random, buffer);
    }
    for (;;)
        asm volatile("ud2");
}

}  // namespace hostile

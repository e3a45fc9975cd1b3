// SPDX-License-Identifier: GPL-3.0-only
// Random sequences of invocations on the kernel and on the model: every result and the whole derivation tree
// have to agree. A sequence that does not is made as short as it can be and printed. KERNEL_MODEL_STEPS sets
// how many invocations, KERNEL_MODEL_SEED where to begin.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <random>

#include "kernel/object/cap_rules.hpp"
#include "tests/host/kernel/fake_machine.hpp"
#include "tests/host/kernel/model.hpp"

namespace {

using fake::Kernel;
using model::Invocation;
using model::Word;

constexpr Word kRoot = seL4_CapInitThreadCNode;
constexpr Word kFirstSlot = 32, kSlots = 40;  // of the root CNode, where everything happens
constexpr Word kSequence = 400;               // invocations from one boot

model::Cap translate(const kernel::Cap& cap) {
    model::Cap out;
    switch (cap.tag()) {
        case kernel::CapTag::untyped: {
            const auto untyped = cap.as<kernel::UntypedCap>();
            out = {.kind = model::Kind::untyped, .object = untyped.address, .bits = untyped.size_bits};
            out.device = untyped.device;
            out.used = Word{untyped.free_index} << 4;
            return out;
        }
        case kernel::CapTag::endpoint: {
            const auto c = cap.as<kernel::EndpointCap>();
            return {.kind = model::Kind::endpoint,
                    .object = c.address,
                    .bits = 4,
                    .badge = c.badge,
                    .write = c.write != 0,
                    .read = c.read != 0,
                    .grant = c.grant != 0,
                    .grant_reply = c.grant_reply != 0};
        }
        case kernel::CapTag::notification: {
            const auto c = cap.as<kernel::NotificationCap>();
            return {.kind = model::Kind::notification,
                    .object = c.address,
                    .bits = 5,
                    .badge = c.badge,
                    .write = c.write != 0,
                    .read = c.read != 0};
        }
        case kernel::CapTag::cnode: {
            const auto c = cap.as<kernel::CNodeCap>();
            return {.kind = model::Kind::cnode,
                    .object = c.address,
                    .bits = c.radix,
                    .guard = c.guard,
                    .guard_size = c.guard_size};
        }
        case kernel::CapTag::tcb:
            return {.kind = model::Kind::tcb, .object = cap.as<kernel::TcbCap>().address, .bits = 11};
        case kernel::CapTag::frame: {
            const auto c = cap.as<kernel::FrameCap>();
            return {.kind = model::Kind::frame,
                    .object = c.address,
                    .bits = kernel::frame_bits(static_cast<kernel::FrameSize>(c.size)),
                    .write = c.rights == 3,
                    .read = c.rights >= 2,
                    .device = c.device != 0};
        }
        case kernel::CapTag::page_table:
        case kernel::CapTag::page_directory:
        case kernel::CapTag::pdpt:
        case kernel::CapTag::pml4: {
            const Word type = cap.is(kernel::CapTag::page_table)       ? seL4_X86_PageTableObject
                              : cap.is(kernel::CapTag::page_directory) ? seL4_X86_PageDirectoryObject
                              : cap.is(kernel::CapTag::pdpt)           ? seL4_X86_PDPTObject
                                                                       : seL4_X64_PML4Object;
            return {.kind = model::Kind::table, .object = cap.as<kernel::TableCap>().address, .bits = type};
        }
        case kernel::CapTag::zombie: {
            const auto c = cap.as<kernel::ZombieCap>();
            return {.kind = model::Kind::zombie, .object = c.address, .bits = c.radix, .used = c.slots};
        }
        default:
            return {.kind = model::Kind::other, .object = cap.words[0] ^ cap.words[1]};
    }
}

// Kernel and model side by side.
class Pair {
public:
    Pair() : model_(arch::window_offset(&kernel_.slot(0)), Kernel::kRadix, kRoot) {
        model_.add_child(address(kernel_.slot(kRoot)), address(kernel_.root().cspace),
                         translate(kernel_.root().cspace.cap));
        for (Word slot = 0; slot < kFirstSlot; slot++)
            if (slot != kRoot && !kernel_.slot(slot).is_empty())
                model_.add_root_cap(address(kernel_.slot(slot)), translate(kernel_.slot(slot).cap));
        model_.add_child(address(kernel_.slot(seL4_CapInitThreadVSpace)), address(kernel_.root().vspace),
                         translate(kernel_.root().vspace.cap));
        model_.add_child(address(kernel_.slot(seL4_CapInitThreadIPCBuffer)), address(kernel_.root().buffer),
                         translate(kernel_.root().buffer.cap));
    }

    // Carries it out on both; what differs, if anything does.
    std::optional<std::string> step(const Invocation& call) {
        if (!model_.covers(call)) return std::nullopt;
        const model::Result wanted = model_.invoke(call);
        const unsigned handled = fake::interrupts.handled;
        const fake::Answer answer = kernel_.call(call.cptr, call.label, call.words, call.caps);
        const model::Result got{answer.label, {answer.mr, answer.mr + answer.length}};
        if (fake::interrupts.handled != handled && cut_itself_off(call, wanted, got)) over_ = true;
        if (over_) return std::nullopt;
        if (got != wanted) return "kernel: " + got.text() + "\nmodel:  " + wanted.text();
        return compare();
    }

    const model::Model& model() const { return model_; }
    static Word address(const kernel::Cte& slot) { return arch::window_offset(&slot); }
    Word slot_address(Word index) { return address(kernel_.slot(index)); }

    // Nothing can be compared any more.
    bool over() const { return over_; }

private:
    // A preempted deletion that took away the capability it was made with: the call, made again, finds
    // nothing to go on with. So it is in seL4 too.
    static bool cut_itself_off(const Invocation& call, const model::Result& wanted,
                               const model::Result& got) {
        return (call.label == seL4_Label_CNode_Revoke || call.label == seL4_Label_CNode_Delete) &&
               wanted.label == seL4_NoError &&
               (got.label == seL4_InvalidCapability || got.label == seL4_FailedLookup);
    }

    std::optional<std::string> compare() {
        std::size_t seen = 0;
        for (const auto& order : model_.trees()) {
            const kernel::Cte* previous = nullptr;
            const kernel::Cte* slot = arch::from_physical<kernel::Cte>(order.front());
            for (Word where : order) {
                seen++;
                if (!slot || address(*slot) != where) return "the derivation list differs";
                if (slot->previous() != previous) return "a link back is wrong";
                const auto got = translate(slot->cap);
                const model::Node& node = *model_.at(where);
                if (got != node.cap) return "kernel: " + got.text() + "\nmodel:  " + node.cap.text();
                if (kernel::has_children(*slot) != !node.children.empty()) return "has children, or not";
                previous = slot;
                slot = slot->next();
            }
            if (slot) return "the derivation list goes on";
        }
        return seen == model_.nodes().size() ? std::nullopt : std::optional<std::string>("nodes lost");
    }

    Kernel kernel_;
    model::Model model_;
    bool over_ = false;
};

// Chooses invocations that often make sense.
class Generator {
public:
    explicit Generator(Word seed) : random_(seed) {}

    Invocation next(Pair& pair) {
        pair_ = &pair;
        const Word choice = below(100);
        if (choice < 35) return retype();
        if (choice < 60) return copy();
        if (choice < 70) return move();
        if (choice < 76) return rotate();
        if (choice < 90) return simple(seL4_Label_CNode_Delete);
        if (choice < 95) return simple(seL4_Label_CNode_Revoke);
        if (choice < 97) return simple(seL4_Label_CNode_CancelBadgedSends);
        return {.cptr = any_slot(), .label = below(54), .words = {below(8), below(70)}, .caps = {}};
    }

private:
    Word below(Word limit) { return random_() % limit; }
    Word any_slot() { return kFirstSlot + below(kSlots); }

    // A slot of the root CNode that holds this kind, most of the time.
    Word slot_of(model::Kind kind, Word otherwise) {
        if (below(20) == 0) return any_slot();
        std::vector<Word> found;
        for (Word slot = kFirstSlot; slot < kFirstSlot + kSlots; slot++) {
            const model::Node* node = pair_->model().at(pair_->slot_address(slot));
            if (node && node->cap.kind == kind) found.push_back(slot);
        }
        return found.empty() || below(3) == 0 ? otherwise : found[below(found.size())];
    }

    struct Place {
        Word root, index, depth;
    };
    // A slot somewhere: in the root CNode, or in one that a slot of it holds, or deeper.
    Place place() {
        const Word root = slot_of(model::Kind::cnode, kRoot);
        const model::Node* node = pair_->model().at(pair_->slot_address(root));
        if (root == kRoot || !node || node->cap.kind != model::Kind::cnode)
            return {kRoot, any_slot(), depth(64)};
        const Word bits = node->cap.bits;
        Word index = (node->cap.guard << bits) | below(Word{1} << bits);
        Word used = node->cap.guard_size + bits;
        if (below(4) == 0 && used < 60) {
            index = (index << 2) | below(4);
            used += 2;
        }
        return {root, index, depth(used)};
    }
    Word depth(Word usual) { return below(25) == 0 ? below(67) : usual; }
    Word guard_data() { return below(3) == 0 ? (below(8) << 6) | below(4) : (random_() << 6) | below(64); }
    Word badge() { return below(3); }

    Invocation retype() {
        static const Word types[] = {0, 0, 0, 1, 2, 2, 3, 4, 4, 4, 5, 6, 8, 8, 9, 10, 11, 12};
        const Word type = types[below(std::size(types))];
        const Word size = type == seL4_UntypedObject ? 3 + below(14) : below(5);
        const Word otherwise = below(4) ? Kernel::kUntyped : Kernel::kDeviceUntyped + below(2);
        const Word node = slot_of(model::Kind::cnode, kRoot);
        const Word count = below(6) ? 1 + below(3) : below(300);
        Invocation call{.cptr = slot_of(model::Kind::untyped, otherwise),
                        .label = seL4_Label_Untyped_Retype,
                        .words = {type, size, 0, 0, node == kRoot ? any_slot() : below(9), count},
                        .caps = {node}};
        if (below(5) == 0) {
            call.words[2] = node;
            call.words[3] = depth(64);
            call.caps = {kRoot};
        }
        if (below(50) == 0) call.words.pop_back();
        return call;
    }
    Invocation copy() {
        const Place to = place(), from = place();
        const bool mint = below(2);
        Invocation call{.cptr = to.root,
                        .label = Word{mint ? seL4_Label_CNode_Mint : seL4_Label_CNode_Copy},
                        .words = {to.index, to.depth, from.index, from.depth, below(4) ? 15 : below(16)},
                        .caps = {from.root}};
        if (mint) call.words.push_back(below(2) ? badge() : guard_data());
        return call;
    }
    Invocation move() {
        const Place to = place(), from = place();
        const bool mutate = below(2);
        Invocation call{.cptr = to.root,
                        .label = Word{mutate ? seL4_Label_CNode_Mutate : seL4_Label_CNode_Move},
                        .words = {to.index, to.depth, from.index, from.depth},
                        .caps = {from.root}};
        if (mutate) call.words.push_back(guard_data());
        return call;
    }
    Invocation rotate() {
        const Place from = place(), pivot = place();
        const Place to = below(3) ? place() : from;
        return {.cptr = to.root,
                .label = seL4_Label_CNode_Rotate,
                .words = {to.index, to.depth, guard_data(), pivot.index, pivot.depth, guard_data(),
                          from.index, from.depth},
                .caps = {pivot.root, from.root}};
    }
    Invocation simple(Word label) {
        const Place at = below(12) ? place() : Place{kRoot, Kernel::kUntyped, 64};
        const bool keep = at.index == Kernel::kUntyped && at.root == kRoot;
        return {.cptr = at.root,
                .label = keep ? Word{seL4_Label_CNode_Revoke} : label,
                .words = {at.index, at.depth},
                .caps = {}};
    }

    std::mt19937_64 random_;
    Pair* pair_ = nullptr;
};

// What differs when the whole sequence is carried out after a boot.
std::optional<std::string> replay(const std::vector<Invocation>& calls, unsigned interrupts_every) {
    Pair pair;
    fake::interrupts.every = interrupts_every;
    for (const Invocation& call : calls)
        if (auto difference = pair.step(call)) return difference;
    return std::nullopt;
}

// Leaves out all that the difference does not need.
std::string shrink(std::vector<Invocation> calls, unsigned interrupts_every) {
    for (std::size_t chunk = calls.size() / 2; chunk > 0; chunk /= 2) {
        for (std::size_t i = 0; i + chunk <= calls.size();) {
            auto fewer = calls;
            fewer.erase(fewer.begin() + static_cast<long>(i), fewer.begin() + static_cast<long>(i + chunk));
            if (replay(fewer, interrupts_every)) {
                calls = fewer;
            } else {
                i++;
            }
        }
    }
    std::string text;
    for (const Invocation& call : calls)
        text += call.text() + "\n";
    return text + replay(calls, interrupts_every).value_or("");
}

Word setting(const char* name, Word otherwise) {
    const char* text = std::getenv(name);
    return text ? std::strtoull(text, nullptr, 0) : otherwise;
}

Word steps() {
    constexpr Word kUsual = 40'000, kLong = 1'000'000;
    return setting("KERNEL_MODEL_STEPS", std::getenv("NEPTUNE_LONG") ? kLong : kUsual);
}

// Progress, for who waits for a long run.
void report(Word done, Word count) {
    constexpr Word kEvery = 100'000;
    if (done % kEvery != 0 && done != count) return;
    std::printf("# %llu of %llu modelled invocations\n", static_cast<unsigned long long>(done),
                static_cast<unsigned long long>(count));
    std::fflush(stdout);
}

void run(Word count, Word seed, unsigned interrupts_every) {
    for (Word done = 0; done < count; seed++) {
        Pair pair;
        fake::interrupts.every = interrupts_every;
        Generator generator(seed);
        std::vector<Invocation> calls;
        for (Word i = 0; i < kSequence && done < count && !pair.over(); i++) {
            calls.push_back(generator.next(pair));
            if (pair.step(calls.back()))
                FAIL() << "seed " << seed << ", shortest:\n" << shrink(calls, interrupts_every);
            report(++done, count);
        }
    }
}

TEST(Model, AgreesWithTheKernel) {
    run(steps(), setting("KERNEL_MODEL_SEED", 1), 0);
}

// An interrupt at every second chance: whatever long is done in pieces comes out the same.
TEST(Model, AgreesWithAPreemptedKernel) {
    run(steps() / 2, setting("KERNEL_MODEL_SEED", 1) + 1'000'000, 2);
}

}  // namespace

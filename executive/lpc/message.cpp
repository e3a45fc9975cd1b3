// SPDX-License-Identifier: GPL-3.0-only
#include "executive/lpc/message.hpp"

#include "executive/lpc/port.hpp"

namespace lpc {

namespace {

// Where each message is, by its number. Blocks are made when they are needed, and stay.
class Numbers {
public:
    // 0: no room.
    uint32_t insert(Message& message) {
        if (!free_ && !grow()) return 0;
        uint32_t slot = free_;
        Place& place = at(slot);
        free_ = place.next;
        place.message = &message;
        return slot;
    }
    void remove(uint32_t slot) {
        Place& place = at(slot);
        place.message = nullptr;
        place.next = free_;
        free_ = slot;
    }
    // What the slot's message is called from now on. Numbers are used again late, after kRounds others.
    uint32_t rename(uint32_t slot) {
        Place& place = at(slot);
        place.round = (place.round + 1) % kRounds;
        return slot << 2 | place.round << 22;
    }
    Message* find(uint32_t id) {
        uint32_t slot = id >> 2 & (kMost - 1);
        if (slot == 0 || slot >= size_) return nullptr;
        Place& place = at(slot);
        return place.message && place.round == id >> 22 && (id & 3) == 0 ? place.message : nullptr;
    }

private:
    static constexpr uint32_t kMost = 1 << 20;
    static constexpr uint32_t kRounds = 1 << 10;
    static constexpr uint32_t kBlock = 256;
    struct Place {
        Message* message = nullptr;
        uint32_t next = 0;
        uint32_t round = 0;
    };
    Place& at(uint32_t slot) { return blocks_[slot / kBlock][slot % kBlock]; }
    bool grow() {
        if (size_ >= kMost) return false;
        Place* block = new (std::nothrow) Place[kBlock];
        if (!block) return false;
        blocks_[size_ / kBlock] = block;
        for (uint32_t i = kBlock; i-- > (size_ == 0 ? 1 : 0);) {
            block[i].next = free_;
            free_ = size_ + i;
        }
        size_ += kBlock;
        return true;
    }

    Place* blocks_[kMost / kBlock] = {};
    uint32_t size_ = 0;
    uint32_t free_ = 0;
};

[[clang::no_destroy]] constinit Numbers numbers;

// Messages that nobody has, with their slots.
constexpr unsigned kMostKept = 8;
constinit Message* kept[kMostKept];
constinit unsigned kept_count = 0;

}  // namespace

Result<Message*> Message::take() {
    if (kept_count > 0) [[likely]]
        return kept[--kept_count];
    auto* message = new (std::nothrow) Message;
    if (!message) return fail(STATUS_INSUFFICIENT_RESOURCES);
    message->slot_ = numbers.insert(*message);
    if (!message->slot_) {
        delete message;
        return fail(STATUS_INSUFFICIENT_RESOURCES);
    }
    return message;
}

Result<Message*> Message::create(ke::Client& payer, size_t data) {
    ob::Charge charge = TRY(ob::Charge::take(payer, sizeof(Message)));
    Held message(TRY(take()));
    message->charge_ = std::move(charge);
    message->header.MessageId = numbers.rename(message->slot_);
    TRY(message->reserve(payer, data));
    return message.leak();
}

Result<Message*> Message::create(ps::Thread& sender, size_t data) {
    Message* message = TRY(create(sender.client(), data));
    message->sender = Ref<ps::Thread>(sender);
    message->header.ClientId = {ULongToHandle(sender.process().id()), ULongToHandle(sender.id())};
    return message;
}

Result<void> Message::reserve(ke::Client& payer, size_t data) {
    if (data <= capacity_) [[likely]]
        return {};
    ob::Charge charge = TRY(ob::Charge::take(payer, data));
    Block block(::operator new(data, std::nothrow));
    if (!block) return fail(STATUS_INSUFFICIENT_RESOURCES);
    more_ = std::move(block);
    more_charge_ = std::move(charge);
    capacity_ = data;
    return {};
}

void Message::discard() {
    if (Receive* waiter = std::exchange(awaiting, nullptr)) [[unlikely]]
        waiter->end_unanswered(STATUS_PORT_DISCONNECTED);
    ListLink<PlaceTag>::unlink();
    ListLink<ConnectionTag>::unlink();
    connection.reset();
    sender.reset();
    charge_ = ob::Charge();
    if (extras) [[unlikely]]
        extras.reset();
    if (more_) [[unlikely]] {
        more_ = Block();
        more_charge_ = ob::Charge();
        capacity_ = kInline;
    }
    if (kept_count < kMostKept) [[likely]] {
        pending_at = nullptr;
        from_server = canceled = held = false;
        question_about = 0;
        message_context[0] = message_context[1] = 0;
        header = {};
        kept[kept_count++] = this;
        return;
    }
    numbers.remove(slot_);
    delete this;
}

Message* Message::find(uint32_t id) {
    return numbers.find(id);
}

}  // namespace lpc

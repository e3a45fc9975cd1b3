// SPDX-License-Identifier: GPL-3.0-only
//
// Messages of ports. One has one owner at a time: the queue of a port, the port whose owner has received it
// and is to answer (it is pending there), or the wait that it ends. It is charged to who sent it, and found
// by its number, as the answer names it. Messages that are done with are kept for the next ones, so that a
// short one costs no allocation.
#pragma once

#include "abi/nt/ntlpcapi.h"
#include "executive/ob/charge.hpp"
#include "executive/ps/thread.hpp"

namespace lpc {

class Connection;
class Port;
class Receive;

// What a message carries beside its bytes; few do.
struct Extras {
    // An object, as the sender's handle grants it or less.
    Ref<ob::Object> object;
    ACCESS_MASK access = 0;
    ULONG handle_flags = 0;
    ULONG object_type = 0;
    // A view: the section, and the part of it that the sender shows.
    Ref<mm::Section> section;
    uint64_t section_handle = 0;
    uint64_t view_offset = 0;
    uint64_t view_size = 0;
    ULONG view_flags = 0;
    // Whom the receiver may act as, where the sender names a security context.
    Ref<se::Token> security;
    uint64_t security_handle = 0;
};

class Message final : public ListLink<struct PlaceTag>, public ListLink<struct ConnectionTag> {
public:
    // The longest, header included.
    static constexpr size_t kLongest = 0xffef;

    // Of so many bytes behind the header, not set yet. STATUS_QUOTA_EXCEEDED, STATUS_INSUFFICIENT_RESOURCES.
    static Result<Message*> create(ps::Thread& sender, size_t data);
    // One of the Executive's own, about `process`.
    static Result<Message*> create(ke::Client& payer, size_t data);
    // Makes room for so many bytes, which somebody else says now. As create().
    Result<void> reserve(ke::Client& payer, size_t data);
    // Nobody has it any more.
    void discard();
    // The one that is at this number now, or null.
    static Message* find(uint32_t id);

    uint8_t* data() { return more_ ? more_.get() : inline_; }
    size_t length() const { return header.u1.s1.DataLength; }
    size_t total() const { return header.u1.s1.TotalLength; }
    ULONG type() const { return header.u2.s2.Type & 0xfff; }
    bool wants_answer() const {
        return awaiting || header.u2.s2.Type & LPC_CONTINUATION_REQUIRED || type() == LPC_CONNECTION_REQUEST;
    }
    // Has somebody received it and is to answer it?
    bool pending() const { return pending_at != nullptr; }

    PORT_MESSAGE header = {};
    Ref<Connection> connection;   // null: about no connection
    Receive* awaiting = nullptr;  // the wait for its answer
    // The port whose owner is to answer it; that of the listening one stands for its clients' servers.
    Port* pending_at = nullptr;
    bool from_server = false;
    bool canceled = false;        // nobody wants an answer to it any more
    bool held = false;            // a wait has it that is to write it out
    Ref<ps::Thread> sender;       // null: the Executive
    uint32_t question_about = 0;  // the number of the message about which this one asks; 0: about none
    // What each end calls it: by `from_server` of who does.
    uint64_t message_context[2] = {};
    Own<Extras> extras;

private:
    static constexpr size_t kInline = 256;

    Message() = default;
    ~Message() = default;
    static Result<Message*> take();

    uint32_t slot_ = 0;
    ob::Charge charge_;
    ob::Charge more_charge_;
    size_t capacity_ = kInline;
    class Block {
    public:
        constexpr Block() = default;
        explicit Block(void* memory) : memory_(static_cast<uint8_t*>(memory)) {}
        Block(Block&& other) noexcept : memory_(std::exchange(other.memory_, nullptr)) {}
        Block& operator=(Block&& other) noexcept {
            std::swap(memory_, other.memory_);
            return *this;
        }
        ~Block() { ::operator delete(memory_); }
        explicit operator bool() const { return memory_ != nullptr; }
        uint8_t* get() const { return memory_; }

    private:
        uint8_t* memory_ = nullptr;
    };
    Block more_;
    uint8_t inline_[kInline];
};

// Owns a message until it is given to somebody.
class Held {
public:
    constexpr Held() = default;
    explicit Held(Message* message) : message_(message) {}
    Held(Held&& other) noexcept : message_(other.leak()) {}
    Held& operator=(Held&& other) noexcept {
        std::swap(message_, other.message_);
        return *this;
    }
    ~Held() {
        if (message_) message_->discard();
    }
    explicit operator bool() const { return message_ != nullptr; }
    Message* operator->() const { return message_; }
    Message& operator*() const { return *message_; }
    Message* leak() { return std::exchange(message_, nullptr); }

private:
    Message* message_ = nullptr;
};

}  // namespace lpc

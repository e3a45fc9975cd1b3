// SPDX-License-Identifier: GPL-3.0-only
//
// IOCTL_AFD_POLL: waits until something is true of one of many sockets. The handles are looked up in slices;
// each socket then has a Watch of the poll's in its list until the poll ends or the socket is closed.
#pragma once

#include "executive/io/afd/socket.hpp"

namespace io::afd {

struct Watch : ListLink<struct WatchTag> {
    ~Watch();
    void leave();
    Poll* poll = nullptr;
    Socket* socket = nullptr;
    uint32_t wanted = 0;
    uint32_t found = 0;
};

class Poll final : public Held, public ke::Timer, private ke::PacedWork {
public:
    static constexpr uint32_t kMost = 4096;

    Poll(Irp& irp, const PollHeader& header) : Held(irp), header_(header) {}
    ~Poll() override;
    // STATUS_QUOTA_EXCEEDED. True: it has answered and is no more.
    static Result<Outcome> start(const Ask& ask);
    // Something that it waits for has come about.
    void found(Watch& watch, uint32_t events);
    void end(const Outcome& outcome) override;
    void finish();
    void expired() override { finish(); }
    bool exclusive() const { return header_.exclusive != 0; }

private:
    bool slice() override;
    Outcome result();

    PollHeader header_;
    Vector<PollEntry> entries_;
    Watch* watches_ = nullptr;  // an array
    uint32_t armed_ = 0;
    bool any_ = false;
    size_t charged_ = 0;
};

}  // namespace io::afd

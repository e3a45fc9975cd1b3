// SPDX-License-Identifier: GPL-3.0-only
#include "puppet.hpp"

namespace conformance {
namespace {

void check_rendezvous() {
    const Word endpoint = rt::object(seL4_EndpointObject);
    const Word badged = rt::mint(endpoint, seL4_AllRights, 0xfedcba9876543210);
    Puppet sender;
    Puppet receiver;
    expect("ipc: Send blocks without a receiver",
           sender.run({seL4_SysSend, badged, message(5, 4), {1, 2, 3, 4}}).outcome == Outcome::blocked);
    const Result got = receiver.run({seL4_SysRecv, endpoint});
    expect("ipc: Recv takes the waiting message", got.outcome == Outcome::returned);
    expect_equal("ipc: label and length", got.info, message(5, 4));
    expect_equal("ipc: 64-bit badge", got.badge, 0xfedcba9876543210);
    expect("ipc: four words in registers",
           got.mr[0] == 1 && got.mr[1] == 2 && got.mr[2] == 3 && got.mr[3] == 4);
    expect("ipc: the sender goes on", sender.poll().outcome == Outcome::returned);
    expect("ipc: Recv blocks without a sender",
           receiver.run({seL4_SysRecv, endpoint}).outcome == Outcome::blocked);
    expect("ipc: NBSend reaches a waiting receiver",
           sender.run({seL4_SysNBSend, badged, message(6, 1), {9}}).outcome == Outcome::returned);
    expect_equal("ipc: its message arrived", receiver.poll().info, message(6, 1));
    expect("ipc: NBSend without a receiver is dropped",
           sender.run({seL4_SysNBSend, badged, message(6, 1)}).outcome == Outcome::returned);
    const Result nothing = receiver.run({seL4_SysNBRecv, endpoint, message(3, 3), {7, 7, 7, 7}});
    expect("ipc: NBRecv of nothing: badge 0, the rest as it was",
           nothing.outcome == Outcome::returned && nothing.badge == 0 && nothing.info == message(3, 3) &&
               nothing.mr[2] == 7);
}

void check_call() {
    const Word endpoint = rt::object(seL4_EndpointObject);
    Puppet client;
    Puppet server;
    server.run({seL4_SysRecv, endpoint});
    expect("call: waits for the answer",
           client.run({seL4_SysCall, endpoint, message(1, 2), {10, 20}}).outcome == Outcome::blocked);
    const Result request = server.poll();
    expect("call: is delivered",
           request.outcome == Outcome::returned && request.mr[0] == 10 && request.mr[1] == 20);
    expect("call: Reply does not block",
           server.run({seL4_SysReply, 0, message(2, 3), {30, 31, 32}}).outcome == Outcome::returned);
    const Result answer = client.poll();
    expect("call: the answer arrives", answer.outcome == Outcome::returned && answer.info == message(2, 3) &&
                                           answer.mr[0] == 30 && answer.mr[2] == 32 && answer.badge == 0);
    expect("call: a second Reply is nothing",
           server.run({seL4_SysReply, 0, message(2, 0)}).outcome == Outcome::returned);
    client.run({seL4_SysCall, endpoint, message(1, 0)});
    server.run({seL4_SysRecv, endpoint});
    expect("call: ReplyRecv answers and waits",
           server.run({seL4_SysReplyRecv, endpoint, message(4, 1), {44}}).outcome == Outcome::blocked);
    expect("call: its answer arrives", client.poll().mr[0] == 44);
    client.run({seL4_SysCall, endpoint, message(7, 0)});
    expect_equal("call: ReplyRecv receives the next", server.poll().info, message(7, 0));
    const Result swap = server.run({seL4_SysReplyRecv, endpoint, message(8, 0)});
    expect("call: and blocks again", swap.outcome == Outcome::blocked);
}

void check_long_messages() {
    const Word endpoint = rt::object(seL4_EndpointObject);
    Puppet sender;
    Puppet receiver;
    for (Word i = 4; i < seL4_MsgMaxLength; ++i)
        sender.buffer()->msg[i] = i * 3;
    receiver.run({seL4_SysRecv, endpoint});
    sender.run({seL4_SysSend, endpoint, message(1, 120), {100, 101, 102, 103}});
    const Result got = receiver.poll();
    expect_equal("long: 120 words", got.length(), 120);
    bool whole = got.mr[3] == 103;
    for (Word i = 4; i < seL4_MsgMaxLength; ++i)
        whole = whole && receiver.buffer()->msg[i] == i * 3;
    expect("long: all of them arrive", whole);
    receiver.run({seL4_SysRecv, endpoint});
    sender.run({seL4_SysSend, endpoint, message(1, 127)});
    expect_equal("long: a length beyond 120 is cut", receiver.poll().length(), 120);
    seL4_TCB_SetIPCBuffer(receiver.tcb(), 0, 0);
    receiver.run({seL4_SysRecv, endpoint});
    sender.run({seL4_SysSend, endpoint, message(1, 20)});
    expect_equal("long: without a buffer 4 words arrive", receiver.poll().length(), 4);
}

void check_rights() {
    const Word endpoint = rt::object(seL4_EndpointObject);
    const Word read_only = rt::mint(endpoint, seL4_CanRead, 1);
    const Word write_only = rt::mint(endpoint, seL4_CanWrite, 2);
    Puppet client;
    Puppet server;
    const Result refused = client.run({seL4_SysCall, read_only});
    expect("rights: no Write, no Send", refused.label() == seL4_InvalidCapability && refused.mr[0] == 0);
    const Result unreadable = server.run({seL4_SysRecv, write_only});
    expect("rights: no Read, no Recv", unreadable.outcome == Outcome::faulted &&
                                           unreadable.fault == seL4_Fault_CapFault &&
                                           unreadable.fault_words[2] == 1);
    server.run({seL4_SysRecv, endpoint});
    expect("rights: Call without Grant never returns",
           client.run({seL4_SysCall, write_only, message(3, 0)}).outcome == Outcome::blocked);
    expect_equal("rights: its message is delivered", server.poll().info, message(3, 0));
    server.run({seL4_SysReply, 0, message(0, 0)});
    expect("rights: and it cannot be answered", client.poll().outcome == Outcome::blocked);
    const Word answerable = rt::mint(endpoint, seL4_CapRights_new(1, 0, 0, 1), 3);
    server.run({seL4_SysRecv, endpoint});
    client.run({seL4_SysCall, answerable});
    server.run({seL4_SysReply, 0, message(1, 0)});
    expect("rights: GrantReply suffices for an answer", client.poll().outcome == Outcome::returned);
}

void check_queue_order() {
    const Word endpoint = rt::object(seL4_EndpointObject);
    const Word first = rt::mint(endpoint, seL4_AllRights, 1);
    const Word second = rt::mint(endpoint, seL4_AllRights, 2);
    const Word third = rt::mint(endpoint, seL4_AllRights, 3);
    Puppet a(kOwnPriority + 1);
    Puppet b(kOwnPriority + 2);
    Puppet c(kOwnPriority + 3);
    Puppet receiver;
    a.run({seL4_SysSend, first});
    b.run({seL4_SysSend, second});
    c.run({seL4_SysCall, third});
    expect_code("cancel: badge 2", seL4_CNode_CancelBadgedSends(kRoot, second, 64));
    expect("cancel: the sender tries again", b.poll().outcome == Outcome::blocked);
    expect_equal("order: first come", receiver.run({seL4_SysRecv, endpoint}).badge, 1);
    expect_equal("order: the call before the cancelled one", receiver.run({seL4_SysRecv, endpoint}).badge, 3);
    expect_equal("order: which went to the end", receiver.run({seL4_SysRecv, endpoint}).badge, 2);
}

void check_saved_replies() {
    const Word endpoint = rt::object(seL4_EndpointObject);
    const Word saved = rt::slot();
    Puppet client;
    client.run({seL4_SysCall, endpoint, message(1, 0)});
    Word badge;
    seL4_Recv(endpoint, &badge);
    expect_code("save caller", seL4_CNode_SaveCaller(kRoot, saved, 64));
    expect_error("save caller: slot in use", invoke(kRoot, seL4_Label_CNode_SaveCaller, {saved, 64}),
                 seL4_DeleteFirst);
    expect_error("reply capability: no copy",
                 invoke(kRoot, seL4_Label_CNode_Copy, {rt::slot(), 64, saved, 64, 15}, {kRoot}),
                 seL4_IllegalOperation);
    const Word moved = rt::slot();
    expect_code("reply capability: move", seL4_CNode_Move(kRoot, moved, 64, kRoot, saved, 64));
    seL4_SetMR(0, 55);
    seL4_Send(moved, seL4_MessageInfo_new(9, 0, 0, 1));
    const Result answer = client.poll();
    expect("reply capability: Send answers", answer.info == message(9, 1) && answer.mr[0] == 55);
    expect("reply capability: works once", is_empty(moved));
    expect_code("save caller: nobody to save is fine", seL4_CNode_SaveCaller(kRoot, saved, 64));
    expect("save caller: and saves nothing", is_empty(saved));
    client.run({seL4_SysCall, endpoint, message(1, 0)});
    seL4_Recv(endpoint, &badge);
    seL4_CNode_SaveCaller(kRoot, saved, 64);
    rt::remove(saved);
    expect("reply capability: deleting leaves the caller waiting", client.poll().outcome == Outcome::blocked);
    seL4_TCB_Suspend(client.tcb());
    seL4_TCB_Resume(client.tcb());
    const seL4_MessageInfo_t again = seL4_Recv(endpoint, &badge);
    expect_equal("a resumed caller calls again", again.words[0], message(1, 0));
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
}

void check_deleted_endpoint() {
    const Word endpoint = rt::object(seL4_EndpointObject);
    Puppet waiting;
    waiting.run({seL4_SysRecv, endpoint});
    rt::remove(endpoint);
    const Result result = waiting.poll();
    expect("deleted endpoint: the receiver tries again and faults",
           result.outcome == Outcome::faulted && result.fault == seL4_Fault_CapFault);
}

}  // namespace

void ipc_suite() {
    check_rendezvous();
    check_call();
    check_long_messages();
    check_rights();
    check_queue_order();
    check_saved_replies();
    check_deleted_endpoint();
}

}  // namespace conformance

// SPDX-License-Identifier: GPL-3.0-only
#include "harness.hpp"

namespace conformance {
namespace {

Answer cnode(Word label, std::initializer_list<Word> words, std::initializer_list<Word> caps = {kRoot}) {
    return invoke(kRoot, label, words, caps);
}

void check_arguments() {
    const Word from = rt::object(seL4_EndpointObject);
    const Word to = rt::slot();
    expect_error("cnode: index without depth", cnode(seL4_Label_CNode_Delete, {to}, {}),
                 seL4_TruncatedMessage);
    expect_error("cnode: depth 0", cnode(seL4_Label_CNode_Delete, {to, 0}, {}), seL4_RangeError, {1, 64});
    expect_error("cnode: depth 65", cnode(seL4_Label_CNode_Delete, {to, 65}, {}), seL4_RangeError, {1, 64});
    expect_error("cnode: copy without source root", cnode(seL4_Label_CNode_Copy, {to, 64, from, 64, 15}, {}),
                 seL4_TruncatedMessage);
    expect_error("cnode: copy without rights", cnode(seL4_Label_CNode_Copy, {to, 64, from, 64}),
                 seL4_TruncatedMessage);
    expect_error("cnode: mint without badge", cnode(seL4_Label_CNode_Mint, {to, 64, from, 64, 15}),
                 seL4_TruncatedMessage);
    expect_error("cnode: mutate without data", cnode(seL4_Label_CNode_Mutate, {to, 64, from, 64}),
                 seL4_TruncatedMessage);
    expect_error("cnode: target in use", cnode(seL4_Label_CNode_Copy, {from, 64, from, 64, 15}),
                 seL4_DeleteFirst);
    expect_error("cnode: empty source", cnode(seL4_Label_CNode_Copy, {to, 64, rt::slot(), 64, 15}),
                 seL4_FailedLookup, {1, seL4_MissingCapability, 64});
    expect_error("cnode: source root is no CNode",
                 cnode(seL4_Label_CNode_Copy, {to, 64, from, 64, 15}, {from}), seL4_FailedLookup,
                 {1, seL4_InvalidRoot});
    expect_error("cnode: source depth 0", cnode(seL4_Label_CNode_Copy, {to, 64, from, 0, 15}),
                 seL4_RangeError, {1, 64});
    expect_error("cnode: unknown label", cnode(seL4_Label_TCB_Resume, {0, 0, 0, 0}), seL4_IllegalOperation);
}

void check_copies() {
    const Word from = rt::object(seL4_EndpointObject);
    const Word to = rt::slot();
    expect_success("cnode: copy", cnode(seL4_Label_CNode_Copy, {to, 64, from, 64, 15}));
    expect("cnode: copy fills the slot", !is_empty(to));
    rt::revoke(from);
    expect("cnode: revoking the original deletes the copy", is_empty(to));
    const Word badged = rt::mint(from, seL4_AllRights, 9);
    const Word twice = rt::slot();
    expect_error("cnode: a badge stays", cnode(seL4_Label_CNode_Mint, {twice, 64, badged, 64, 15, 10}),
                 seL4_IllegalOperation);
    expect_success("cnode: a badged one is copied",
                   cnode(seL4_Label_CNode_Copy, {twice, 64, badged, 64, 15}));
    rt::revoke(badged);
    expect("cnode: copy of a badged one is its child", is_empty(twice));
    expect_error("cnode: mutate sets no badge", cnode(seL4_Label_CNode_Mutate, {twice, 64, from, 64, 5}),
                 seL4_IllegalOperation);
    for (const Word control : {Word{seL4_CapIRQControl}, Word{seL4_CapIOPortControl}}) {
        expect_error("cnode: a control capability is not copied",
                     cnode(seL4_Label_CNode_Copy, {twice, 64, control, 64, 15}), seL4_IllegalOperation);
    }
    const Word table = rt::object(seL4_X86_PageTableObject);
    expect_error("cnode: an unmapped table is not copied",
                 cnode(seL4_Label_CNode_Copy, {twice, 64, table, 64, 15}), seL4_IllegalOperation);
}

void check_moves() {
    const Word from = rt::object(seL4_NotificationObject);
    const Word to = rt::slot();
    expect_success("cnode: move", cnode(seL4_Label_CNode_Move, {to, 64, from, 64}));
    expect("cnode: move empties the source", is_empty(from) && !is_empty(to));
    expect_error("cnode: mutate never takes a notification",
                 cnode(seL4_Label_CNode_Mutate, {from, 64, to, 64, 0}), seL4_IllegalOperation);
    const Word empty = rt::slot();
    const Word node = rt::object(seL4_CapTableObject, 3);
    const Word guard = seL4_CNode_CapData_new(0, 61).words[0];
    expect_success("cnode: mutate a guard", cnode(seL4_Label_CNode_Mutate, {empty, 64, node, 64, guard}));
    const Word too_long = seL4_CNode_CapData_new(0, 62).words[0];
    expect_error("cnode: guard and radix beyond 64 bits",
                 cnode(seL4_Label_CNode_Mint, {node, 64, empty, 64, 15, too_long}), seL4_IllegalOperation);
}

void check_rotate() {
    const Word a = rt::object(seL4_TCBObject);
    const Word b = rt::object(seL4_CapTableObject, 4);
    const Word c = rt::slot();
    constexpr Word kLabel = seL4_Label_CNode_Rotate;
    const auto rotate = [](Word to, Word pivot, Word source) {
        return cnode(kLabel, {to, 64, 0, pivot, 64, 0, source, 64}, {kRoot, kRoot});
    };
    expect_error("rotate: one root", cnode(kLabel, {c, 64, 0, b, 64, 0, a, 64}), seL4_TruncatedMessage);
    expect_error("rotate: seven words", cnode(kLabel, {c, 64, 0, b, 64, 0, a}, {kRoot, kRoot}),
                 seL4_TruncatedMessage);
    expect_error("rotate: pivot and source the same", rotate(c, a, a), seL4_IllegalOperation);
    expect_error("rotate: pivot and target the same", rotate(a, a, b), seL4_IllegalOperation);
    expect_success("rotate: three slots", rotate(c, b, a));
    expect("rotate: the source is empty now", is_empty(a));
    // Now b holds the thread and c the CNode.
    expect_equal("rotate: source to pivot", seL4_TCB_Suspend(b), seL4_NoError);
    expect_success("rotate: swap", rotate(b, c, b));
    expect("rotate: swap keeps both", !is_empty(b) && !is_empty(c));
    expect_equal("rotate: the thread is in the other slot", seL4_TCB_Suspend(c), seL4_NoError);
    const Word endpoint = rt::object(seL4_EndpointObject);
    expect_error("rotate: never takes an endpoint", rotate(a, endpoint, b), seL4_IllegalOperation);
    expect_error("rotate: no empty source", rotate(a, b, rt::slot()), seL4_FailedLookup,
                 {1, seL4_MissingCapability, 64});
}

void check_revoke_tree() {
    const Word memory = rt::untyped(12);
    const Word endpoint = rt::slot();
    rt::retype(memory, seL4_EndpointObject, 0, endpoint);
    const Word badged = rt::mint(endpoint, seL4_AllRights, 1);
    const Word other = rt::mint(endpoint, seL4_AllRights, 2);
    const Word copy = rt::copy(badged);
    rt::revoke(badged);
    expect("revoke: a badge takes its own copies only",
           is_empty(copy) && !is_empty(other) && !is_empty(badged));
    rt::remove(endpoint);
    expect("revoke: deleting the original keeps the copies", !is_empty(badged) && !is_empty(other));
    expect_code("revoke: the untyped", seL4_CNode_Revoke(kRoot, memory, 64));
    expect("revoke: takes everything made of it", is_empty(badged) && is_empty(other));
    expect_code("delete: an empty slot", seL4_CNode_Delete(kRoot, endpoint, 64));
    expect_code("revoke: an empty slot", seL4_CNode_Revoke(kRoot, endpoint, 64));
}

// A CNode that holds the only capability to itself, and one to another CNode.
void check_zombies() {
    const Word memory = rt::untyped(13);
    const Word node = rt::slot();
    rt::retype(memory, seL4_CapTableObject, 4, node);
    expect_code("zombie: a CNode into itself", seL4_CNode_Copy(node, 3, 4, kRoot, node, 64, seL4_AllRights));
    expect_code("zombie: an object into it",
                seL4_Untyped_Retype(memory, seL4_EndpointObject, 0, node, 0, 0, 5, 1));
    expect_code("zombie: a nested CNode",
                seL4_Untyped_Retype(memory, seL4_CapTableObject, 2, node, 0, 0, 6, 1));
    rt::remove(node);
    expect("zombie: deleting the outer capability leaves the inner", is_empty(node));
    rt::revoke(memory);
    expect_code("zombie: all memory is back", rt::retype(memory, seL4_UntypedObject, 13, node));
}

void check_cancel_badged_sends() {
    const Word endpoint = rt::object(seL4_EndpointObject);
    const Word badged = rt::mint(endpoint, seL4_AllRights, 3);
    const Word weak = rt::mint(endpoint, seL4_NoRead, 4);
    const Word notification = rt::object(seL4_NotificationObject);
    constexpr Word kLabel = seL4_Label_CNode_CancelBadgedSends;
    expect_success("cancel sends: no badge is no-op", cnode(kLabel, {endpoint, 64}, {}));
    expect_success("cancel sends: with badge", cnode(kLabel, {badged, 64}, {}));
    expect_error("cancel sends: without all rights", cnode(kLabel, {weak, 64}, {}), seL4_IllegalOperation);
    expect_error("cancel sends: not an endpoint", cnode(kLabel, {notification, 64}, {}),
                 seL4_IllegalOperation);
}

}  // namespace

void cnode_suite() {
    check_arguments();
    check_copies();
    check_moves();
    check_rotate();
    check_revoke_tree();
    check_zombies();
    check_cancel_badged_sends();
}

}  // namespace conformance

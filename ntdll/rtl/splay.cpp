// SPDX-License-Identifier: GPL-3.0-only
// Splay trees. A root's Parent is itself.
#include "ntdll/ntdll.hpp"

namespace {

using Node = RTL_SPLAY_LINKS;

bool is_root(const Node* node) {
    return node->Parent == node;
}
bool is_left(const Node* node) {
    return node->Parent->LeftChild == node;
}

// Lifts a node above its parent.
void rotate(Node* node) {
    Node* parent = node->Parent;
    Node* above = parent->Parent;
    const bool root = is_root(parent);
    const bool left = is_left(node);
    Node*& inner = left ? node->RightChild : node->LeftChild;
    Node*& slot = left ? parent->LeftChild : parent->RightChild;
    slot = inner;
    if (inner) inner->Parent = parent;
    inner = parent;
    if (root) {
        node->Parent = node;
    } else {
        (above->LeftChild == parent ? above->LeftChild : above->RightChild) = node;
        node->Parent = above;
    }
    parent->Parent = node;
}

Node* leftmost(Node* node) {
    while (node && node->LeftChild)
        node = node->LeftChild;
    return node;
}
Node* rightmost(Node* node) {
    while (node && node->RightChild)
        node = node->RightChild;
    return node;
}

// Puts `by` (may be null) where `node` was. Returns the new root when `node` was the root.
void replace(Node* node, Node* by, Node** root) {
    if (is_root(node)) {
        if (by) by->Parent = by;
        *root = by;
        return;
    }
    (is_left(node) ? node->Parent->LeftChild : node->Parent->RightChild) = by;
    if (by) by->Parent = node->Parent;
}

}  // namespace

extern "C" {

PRTL_SPLAY_LINKS NTAPI RtlSplay(PRTL_SPLAY_LINKS Links) {
    while (!is_root(Links)) {
        Node* parent = Links->Parent;
        if (!is_root(parent)) rotate(is_left(Links) == is_left(parent) ? parent : Links);
        rotate(Links);
    }
    return Links;
}

PRTL_SPLAY_LINKS NTAPI RtlSubtreeSuccessor(PRTL_SPLAY_LINKS Links) {
    return leftmost(Links->RightChild);
}
PRTL_SPLAY_LINKS NTAPI RtlSubtreePredecessor(PRTL_SPLAY_LINKS Links) {
    return rightmost(Links->LeftChild);
}

PRTL_SPLAY_LINKS NTAPI RtlRealSuccessor(PRTL_SPLAY_LINKS Links) {
    if (Links->RightChild) return leftmost(Links->RightChild);
    while (!is_root(Links) && !is_left(Links))
        Links = Links->Parent;
    return is_root(Links) ? nullptr : Links->Parent;
}
PRTL_SPLAY_LINKS NTAPI RtlRealPredecessor(PRTL_SPLAY_LINKS Links) {
    if (Links->LeftChild) return rightmost(Links->LeftChild);
    while (!is_root(Links) && is_left(Links))
        Links = Links->Parent;
    return is_root(Links) ? nullptr : Links->Parent;
}

void NTAPI RtlDeleteNoSplay(PRTL_SPLAY_LINKS Links, PRTL_SPLAY_LINKS* Root) {
    if (Links->LeftChild && Links->RightChild) {
        // Take the predecessor out, then let it stand in.
        Node* other = rightmost(Links->LeftChild);
        replace(other, other->LeftChild, Root);
        replace(Links, other, Root);
        other->LeftChild = Links->LeftChild;
        other->RightChild = Links->RightChild;
        if (other->LeftChild) other->LeftChild->Parent = other;
        other->RightChild->Parent = other;
        return;
    }
    replace(Links, Links->LeftChild ? Links->LeftChild : Links->RightChild, Root);
}

// Returns the new root.
PRTL_SPLAY_LINKS NTAPI RtlDelete(PRTL_SPLAY_LINKS Links) {
    Node* parent = is_root(Links) ? nullptr : Links->Parent;
    Node* root = nullptr;
    RtlDeleteNoSplay(Links, &root);
    if (parent) return RtlSplay(parent);
    return root;
}

}  // extern "C"

// SPDX-License-Identifier: GPL-3.0-only
// AVL tables. The table's BalancedRoot is a head whose right child is the tree's root; an element's data
// follows its links. Balance is the height of the right side less that of the left.
#include "ntdll/ntdll.hpp"

namespace {

using Node = RTL_BALANCED_LINKS;

PVOID data_of(Node* node) {
    return node ? node + 1 : nullptr;
}
Node*& child(Node* node, bool right) {
    return right ? node->RightChild : node->LeftChild;
}
bool is_right(Node* node) {
    return node->Parent->RightChild == node;
}

void replace(Node* old, Node* by) {
    child(old->Parent, is_right(old)) = by;
    if (by) by->Parent = old->Parent;
}

// Lifts the child on side `right` of `node` into its place; balances are set by the caller.
Node* rotate(Node* node, bool right) {
    Node* up = child(node, right);
    Node* middle = child(up, !right);
    replace(node, up);
    child(up, !right) = node;
    node->Parent = up;
    child(node, right) = middle;
    if (middle) middle->Parent = node;
    return up;
}

// Restores a node that leans by two to side `right`. Returns the new top; `shorter` tells whether the height
// fell.
Node* rebalance(Node* node, bool right, bool& shorter) {
    const CHAR lean = right ? 1 : -1;
    Node* up = child(node, right);
    if (up->Balance != -lean) {
        shorter = up->Balance == lean;
        node->Balance = shorter ? 0 : lean;
        up->Balance = static_cast<CHAR>(shorter ? 0 : -lean);
        return rotate(node, right);
    }
    Node* inner = child(up, !right);
    const CHAR inner_balance = inner->Balance;
    rotate(up, !right);
    rotate(node, right);
    node->Balance = static_cast<CHAR>(inner_balance == lean ? -lean : 0);
    up->Balance = static_cast<CHAR>(inner_balance == -lean ? lean : 0);
    inner->Balance = 0;
    shorter = true;
    return inner;
}

// The node with the data, or where it would hang: `parent` and the side.
Node* find(PRTL_AVL_TABLE table, PVOID data, Node*& parent, bool& right) {
    parent = &table->BalancedRoot;
    right = true;
    Node* node = table->BalancedRoot.RightChild;
    while (node) {
        const RTL_GENERIC_COMPARE_RESULTS order = table->CompareRoutine(table, data, data_of(node));
        if (order == GenericEqual) return node;
        parent = node;
        right = order == GenericGreaterThan;
        node = child(node, right);
    }
    return nullptr;
}

void grew(PRTL_AVL_TABLE table, Node* node) {
    for (Node* parent = node->Parent; parent != &table->BalancedRoot; node = parent, parent = node->Parent) {
        const bool right = is_right(node);
        parent->Balance = static_cast<CHAR>(parent->Balance + (right ? 1 : -1));
        if (parent->Balance == 0) return;
        if (parent->Balance == 2 || parent->Balance == -2) {
            parent->Balance = static_cast<CHAR>(parent->Balance / 2);
            bool shorter;
            rebalance(parent, right, shorter);
            return;
        }
    }
    ++table->DepthOfTree;
}

// The side `right` of `parent` lost a level.
void shrank(PRTL_AVL_TABLE table, Node* parent, bool right) {
    while (parent != &table->BalancedRoot) {
        parent->Balance = static_cast<CHAR>(parent->Balance - (right ? 1 : -1));
        if (parent->Balance == 1 || parent->Balance == -1) return;
        Node* top = parent;
        if (parent->Balance) {
            parent->Balance = static_cast<CHAR>(parent->Balance / 2);
            bool shorter;
            top = rebalance(parent, !right, shorter);
            if (!shorter) return;
        }
        parent = top->Parent;
        right = parent == &table->BalancedRoot || is_right(top);
    }
    --table->DepthOfTree;
}

void remove(PRTL_AVL_TABLE table, Node* node) {
    if (node->LeftChild && node->RightChild) {
        // The successor takes the node's place; its own place is what goes.
        Node* next = node->RightChild;
        while (next->LeftChild)
            next = next->LeftChild;
        Node* parent = next->Parent;
        const bool right = is_right(next);
        replace(next, next->RightChild);
        replace(node, next);
        next->LeftChild = node->LeftChild;
        next->RightChild = node->RightChild;
        if (next->LeftChild) next->LeftChild->Parent = next;
        if (next->RightChild) next->RightChild->Parent = next;
        next->Balance = node->Balance;
        shrank(table, parent == node ? next : parent, right);
        return;
    }
    Node* parent = node->Parent;
    const bool right = is_right(node);
    replace(node, node->LeftChild ? node->LeftChild : node->RightChild);
    shrank(table, parent, right);
}

Node* first(PRTL_AVL_TABLE table) {
    Node* node = table->BalancedRoot.RightChild;
    while (node && node->LeftChild)
        node = node->LeftChild;
    return node;
}

Node* following(PRTL_AVL_TABLE table, Node* node) {
    if (node->RightChild) {
        node = node->RightChild;
        while (node->LeftChild)
            node = node->LeftChild;
        return node;
    }
    while (node->Parent != &table->BalancedRoot && is_right(node))
        node = node->Parent;
    return node->Parent == &table->BalancedRoot ? nullptr : node->Parent;
}

}  // namespace

extern "C" {

void NTAPI RtlInitializeGenericTableAvl(PRTL_AVL_TABLE Table, PRTL_AVL_COMPARE_ROUTINE CompareRoutine,
                                        PRTL_AVL_ALLOCATE_ROUTINE AllocateRoutine,
                                        PRTL_AVL_FREE_ROUTINE FreeRoutine, PVOID TableContext) {
    *Table = {};
    Table->BalancedRoot.Parent = &Table->BalancedRoot;
    Table->CompareRoutine = CompareRoutine;
    Table->AllocateRoutine = AllocateRoutine;
    Table->FreeRoutine = FreeRoutine;
    Table->TableContext = TableContext;
}

PVOID NTAPI RtlInsertElementGenericTableAvl(PRTL_AVL_TABLE Table, PVOID Buffer, ULONG BufferSize,
                                            PBOOLEAN NewElement) {
    Node* parent;
    bool right;
    if (NewElement) *NewElement = FALSE;
    if (Node* present = find(Table, Buffer, parent, right)) return data_of(present);
    auto* node =
        static_cast<Node*>(Table->AllocateRoutine(Table, static_cast<ULONG>(sizeof(Node)) + BufferSize));
    if (!node) return nullptr;
    *node = {};
    rtl::copy(data_of(node), Buffer, BufferSize);
    node->Parent = parent;
    child(parent, right) = node;
    ++Table->NumberGenericTableElements;
    Table->OrderedPointer = nullptr;
    grew(Table, node);
    if (NewElement) *NewElement = TRUE;
    return data_of(node);
}

BOOLEAN NTAPI RtlDeleteElementGenericTableAvl(PRTL_AVL_TABLE Table, PVOID Buffer) {
    Node* parent;
    bool right;
    Node* node = find(Table, Buffer, parent, right);
    if (!node) return FALSE;
    if (Table->RestartKey == node) Table->RestartKey = nullptr;
    remove(Table, node);
    --Table->NumberGenericTableElements;
    ++Table->DeleteCount;
    Table->OrderedPointer = nullptr;
    Table->FreeRoutine(Table, node);
    return TRUE;
}

PVOID NTAPI RtlLookupElementGenericTableAvl(PRTL_AVL_TABLE Table, PVOID Buffer) {
    Node* parent;
    bool right;
    return data_of(find(Table, Buffer, parent, right));
}

PVOID NTAPI RtlEnumerateGenericTableWithoutSplayingAvl(PRTL_AVL_TABLE Table, PVOID* RestartKey) {
    auto* previous = static_cast<Node*>(*RestartKey);
    Node* node = previous ? following(Table, previous) : first(Table);
    if (node) *RestartKey = node;
    return data_of(node);
}

PVOID NTAPI RtlEnumerateGenericTableAvl(PRTL_AVL_TABLE Table, BOOLEAN Restart) {
    if (Restart) Table->RestartKey = nullptr;
    PVOID key = Table->RestartKey;
    PVOID data = RtlEnumerateGenericTableWithoutSplayingAvl(Table, &key);
    Table->RestartKey = static_cast<Node*>(key);
    return data;
}

// The element at a position in order; OrderedPointer remembers the last one, so that a loop over all is
// linear.
PVOID NTAPI RtlGetElementGenericTableAvl(PRTL_AVL_TABLE Table, ULONG Index) {
    if (Index >= Table->NumberGenericTableElements) return nullptr;
    auto* node = static_cast<Node*>(Table->OrderedPointer);
    ULONG at = Table->WhichOrderedElement;
    if (!node || at > Index) {
        node = first(Table);
        at = 0;
    }
    for (; at < Index; ++at)
        node = following(Table, node);
    Table->OrderedPointer = node;
    Table->WhichOrderedElement = Index;
    return data_of(node);
}

ULONG NTAPI RtlNumberGenericTableElementsAvl(PRTL_AVL_TABLE Table) {
    return Table->NumberGenericTableElements;
}
BOOLEAN NTAPI RtlIsGenericTableEmptyAvl(PRTL_AVL_TABLE Table) {
    return Table->NumberGenericTableElements == 0;
}

}  // extern "C"

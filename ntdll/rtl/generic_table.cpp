// SPDX-License-Identifier: GPL-3.0-only
// Generic tables over splay trees, whose elements are also listed in the order of their insertion.
#include "abi/nt/ntrtl_table.h"
#include "ntdll/ntdll.hpp"

namespace {

struct Node {
    RTL_SPLAY_LINKS links;
    LIST_ENTRY order;
    ULONG_PTR data[1];
};
constexpr ULONG header = offsetof(Node, data);

Node* node_of(PRTL_SPLAY_LINKS links) {
    return CONTAINING_RECORD(links, Node, links);
}

// The last node on the way to `buffer`, and how it compares: equal, or the side on which a new one goes.
Node* descend(RTL_GENERIC_TABLE& table, PVOID buffer, RTL_GENERIC_COMPARE_RESULTS& result) {
    Node* last = nullptr;
    result = GenericEqual;
    for (PRTL_SPLAY_LINKS at = table.TableRoot; at;) {
        last = node_of(at);
        result = table.CompareRoutine(&table, buffer, last->data);
        if (result == GenericEqual) break;
        at = result == GenericLessThan ? at->LeftChild : at->RightChild;
    }
    return last;
}

Node* find(RTL_GENERIC_TABLE& table, PVOID buffer) {
    RTL_GENERIC_COMPARE_RESULTS result;
    Node* node = descend(table, buffer, result);
    if (!node) return nullptr;
    table.TableRoot = RtlSplay(&node->links);
    return result == GenericEqual ? node : nullptr;
}

}  // namespace

extern "C" {

void NTAPI RtlInitializeGenericTable(PRTL_GENERIC_TABLE Table, PRTL_GENERIC_COMPARE_ROUTINE CompareRoutine,
                                     PRTL_GENERIC_ALLOCATE_ROUTINE AllocateRoutine,
                                     PRTL_GENERIC_FREE_ROUTINE FreeRoutine, PVOID TableContext) {
    *Table = {};
    InitializeListHead(&Table->InsertOrderList);
    Table->OrderedPointer = &Table->InsertOrderList;
    Table->CompareRoutine = CompareRoutine;
    Table->AllocateRoutine = AllocateRoutine;
    Table->FreeRoutine = FreeRoutine;
    Table->TableContext = TableContext;
}

PVOID NTAPI RtlInsertElementGenericTable(PRTL_GENERIC_TABLE Table, PVOID Buffer, ULONG BufferSize,
                                         PBOOLEAN NewElement) {
    RTL_GENERIC_COMPARE_RESULTS result;
    Node* parent = descend(*Table, Buffer, result);
    const bool found = parent && result == GenericEqual;
    if (NewElement) *NewElement = !found;
    if (found) {
        Table->TableRoot = RtlSplay(&parent->links);
        return parent->data;
    }
    auto* node = static_cast<Node*>(Table->AllocateRoutine(Table, BufferSize + header));
    if (!node) {
        if (NewElement) *NewElement = FALSE;
        return nullptr;
    }
    node->links = {parent ? &parent->links : &node->links, nullptr, nullptr};
    if (parent)
        (result == GenericLessThan ? parent->links.LeftChild : parent->links.RightChild) = &node->links;
    InsertTailList(&Table->InsertOrderList, &node->order);
    ++Table->NumberGenericTableElements;
    rtl::copy(node->data, Buffer, BufferSize);
    Table->TableRoot = RtlSplay(&node->links);
    return node->data;
}

BOOLEAN NTAPI RtlDeleteElementGenericTable(PRTL_GENERIC_TABLE Table, PVOID Buffer) {
    Node* node = find(*Table, Buffer);
    if (!node) return FALSE;
    Table->TableRoot = RtlDelete(&node->links);
    RemoveEntryList(&node->order);
    --Table->NumberGenericTableElements;
    Table->WhichOrderedElement = 0;
    Table->OrderedPointer = &Table->InsertOrderList;
    Table->FreeRoutine(Table, node);
    return TRUE;
}

PVOID NTAPI RtlLookupElementGenericTable(PRTL_GENERIC_TABLE Table, PVOID Buffer) {
    Node* node = find(*Table, Buffer);
    return node ? node->data : nullptr;
}

PVOID NTAPI RtlEnumerateGenericTableWithoutSplaying(PRTL_GENERIC_TABLE Table, PVOID* RestartKey) {
    PRTL_SPLAY_LINKS next;
    if (*RestartKey) {
        next = RtlRealSuccessor(static_cast<PRTL_SPLAY_LINKS>(*RestartKey));
    } else {
        next = Table->TableRoot;
        while (next && next->LeftChild)
            next = next->LeftChild;
    }
    if (!next) return nullptr;
    *RestartKey = next;
    return node_of(next)->data;
}

PVOID NTAPI RtlEnumerateGenericTable(PRTL_GENERIC_TABLE Table, BOOLEAN Restart) {
    if (!Table->TableRoot) return nullptr;
    // The last one given is at the root.
    PVOID key = Restart ? nullptr : Table->TableRoot;
    PVOID data = RtlEnumerateGenericTableWithoutSplaying(Table, &key);
    if (data) Table->TableRoot = RtlSplay(static_cast<PRTL_SPLAY_LINKS>(key));
    return data;
}

PVOID NTAPI RtlGetElementGenericTable(PRTL_GENERIC_TABLE Table, ULONG Index) {
    if (Index >= Table->NumberGenericTableElements) return nullptr;
    // From where the last call ended, unless the start is nearer. The count is one more than the index.
    if (!Table->WhichOrderedElement || Table->WhichOrderedElement > Index + 1) {
        Table->OrderedPointer = Table->InsertOrderList.Flink;
        Table->WhichOrderedElement = 1;
    }
    for (; Table->WhichOrderedElement < Index + 1; ++Table->WhichOrderedElement)
        Table->OrderedPointer = Table->OrderedPointer->Flink;
    return CONTAINING_RECORD(Table->OrderedPointer, Node, order)->data;
}

ULONG NTAPI RtlNumberGenericTableElements(PRTL_GENERIC_TABLE Table) {
    return Table->NumberGenericTableElements;
}

BOOLEAN NTAPI RtlIsGenericTableEmpty(PRTL_GENERIC_TABLE Table) {
    return !Table->TableRoot;
}

}  // extern "C"

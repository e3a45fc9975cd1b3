// SPDX-License-Identifier: GPL-3.0-only
//
// The names of pipes, found without regard to case. A name may have backslashes in it; they mean nothing.
#include "drivers/fs/npfs/npfs.h"

static LIST_ENTRY Buckets[NPFS_BUCKETS];

static LIST_ENTRY* BucketAt(ULONG Index) {
    LIST_ENTRY* Bucket = &Buckets[Index];

    if (Bucket->Flink == NULL) InitializeListHead(Bucket);
    return Bucket;
}

static LIST_ENTRY* BucketOf(PUNICODE_STRING Name) {
    ULONG Hash = 0;
    USHORT i;

    for (i = 0; i < Name->Length / sizeof(WCHAR); ++i)
        Hash = Hash * 31 + RtlUpcaseUnicodeChar(Name->Buffer[i]);
    return BucketAt(Hash % NPFS_BUCKETS);
}

NP_PIPE* NpFindPipe(PUNICODE_STRING Name) {
    LIST_ENTRY* Bucket = BucketOf(Name);
    LIST_ENTRY* Link;

    for (Link = Bucket->Flink; Link != Bucket; Link = Link->Flink) {
        NP_PIPE* Pipe = CONTAINING_RECORD(Link, NP_PIPE, Link);

        if (RtlEqualUnicodeString(&Pipe->Name, Name, TRUE)) return Pipe;
    }
    return NULL;
}

void NpAddPipe(NP_PIPE* Pipe) {
    if (Pipe->Name.Length == 0)
        InitializeListHead(&Pipe->Link);
    else
        InsertTailList(BucketOf(&Pipe->Name), &Pipe->Link);
}

void NpDropPipe(NP_PIPE* Pipe) {
    RemoveEntryList(&Pipe->Link);
    InitializeListHead(&Pipe->Link);
}

NP_PIPE* NpPipeAt(ULONG Index) {
    ULONG i;

    for (i = 0; i < NPFS_BUCKETS; ++i) {
        LIST_ENTRY* Bucket = BucketAt(i);
        LIST_ENTRY* Link;

        for (Link = Bucket->Flink; Link != Bucket; Link = Link->Flink)
            if (Index-- == 0) return CONTAINING_RECORD(Link, NP_PIPE, Link);
    }
    return NULL;
}

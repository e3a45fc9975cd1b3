// SPDX-License-Identifier: GPL-3.0-only
// Hash functions (RFC 1320, RFC 1321, FIPS 180) and compression (MS-XCA, LZNT1).
#pragma once

#include "abi/nt/ntdef.h"

NT_BEGIN_C

typedef struct _MD4_CTX {
    ULONG State[4];
    ULONG Count[2];  // bits
    UCHAR Buffer[64];
    UCHAR Digest[16];
} MD4_CTX;
C_ASSERT(sizeof(MD4_CTX) == 0x68);

typedef struct _MD5_CTX {
    ULONG Count[2];
    ULONG State[4];
    UCHAR Buffer[64];
    UCHAR Digest[16];
} MD5_CTX;
C_ASSERT(sizeof(MD5_CTX) == 0x68);

typedef struct _A_SHA_CTX {
    ULONG Flags[6];
    ULONG State[5];
    ULONG Count[2];  // bits, the high half first
    UCHAR Buffer[64];
} A_SHA_CTX;
C_ASSERT(sizeof(A_SHA_CTX) == 0x74);

void NTAPI MD4Init(MD4_CTX* Context);
void NTAPI MD4Update(MD4_CTX* Context, const VOID* Data, ULONG Size);
void NTAPI MD4Final(MD4_CTX* Context);
void NTAPI MD5Init(MD5_CTX* Context);
void NTAPI MD5Update(MD5_CTX* Context, const VOID* Data, ULONG Size);
void NTAPI MD5Final(MD5_CTX* Context);
void NTAPI A_SHAInit(A_SHA_CTX* Context);
void NTAPI A_SHAUpdate(A_SHA_CTX* Context, const VOID* Data, ULONG Size);
// Digest has room for 20 bytes; the context is as after A_SHAInit.
void NTAPI A_SHAFinal(A_SHA_CTX* Context, PULONG Digest);

#define COMPRESSION_FORMAT_NONE 0x0000
#define COMPRESSION_FORMAT_DEFAULT 0x0001
#define COMPRESSION_FORMAT_LZNT1 0x0002
#define COMPRESSION_ENGINE_STANDARD 0x0000
#define COMPRESSION_ENGINE_MAXIMUM 0x0100

// Sizes in bytes. STATUS_UNSUPPORTED_COMPRESSION for another format than LZNT1.
NTSTATUS NTAPI RtlGetCompressionWorkSpaceSize(USHORT FormatAndEngine, PULONG WorkSpaceSize,
                                              PULONG FragmentWorkSpaceSize);
NTSTATUS NTAPI RtlCompressBuffer(USHORT FormatAndEngine, const UCHAR* Source, ULONG SourceSize, PUCHAR Target,
                                 ULONG TargetSize, ULONG ChunkSize, PULONG FinalSize, PVOID WorkSpace);
NTSTATUS NTAPI RtlDecompressBuffer(USHORT Format, PUCHAR Target, ULONG TargetSize, const UCHAR* Source,
                                   ULONG SourceSize, PULONG FinalSize);
// `Offset` bytes of the uncompressed data are left out at first.
NTSTATUS NTAPI RtlDecompressFragment(USHORT Format, PUCHAR Target, ULONG TargetSize, const UCHAR* Source,
                                     ULONG SourceSize, ULONG Offset, PULONG FinalSize, PVOID WorkSpace);

NT_END_C

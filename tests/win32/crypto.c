// SPDX-License-Identifier: GPL-3.0-only
// runtime: ucrt
// libraries: -lbcrypt -ladvapi32
// Hashes and random numbers of bcrypt and of advapi32.
#include <windows.h>
// They need the one above.
#include <bcrypt.h>
#include <ntsecapi.h>

#include "say.h"

static void hash(const wchar_t* name, const char* text, const char* key) {
    BCRYPT_ALG_HANDLE provider;
    BCRYPT_HASH_HANDLE state;
    BYTE value[64];
    DWORD size = 0, got;
    if (BCryptOpenAlgorithmProvider(&provider, name, NULL, key ? BCRYPT_ALG_HANDLE_HMAC_FLAG : 0)) {
        printf("%ls: no\n", name);
        return;
    }
    BCryptGetProperty(provider, BCRYPT_HASH_LENGTH, (BYTE*)&size, sizeof size, &got, 0);
    BCryptCreateHash(provider, &state, NULL, 0, (BYTE*)key, key ? (ULONG)strlen(key) : 0, 0);
    BCryptHashData(state, (BYTE*)text, (ULONG)strlen(text), 0);
    BCryptFinishHash(state, value, size, 0);
    printf("%ls%s:", name, key ? " with a key" : "");
    for (DWORD i = 0; i < size; i++)
        printf("%02x", value[i]);
    printf("\n");
    BCryptDestroyHash(state);
    BCryptCloseAlgorithmProvider(provider, 0);
}

int main(void) {
    BYTE one[32] = {0}, two[32] = {0};
    HCRYPTPROV provider;
    hash(BCRYPT_MD5_ALGORITHM, "abc", NULL);
    hash(BCRYPT_SHA1_ALGORITHM, "abc", NULL);
    hash(BCRYPT_SHA256_ALGORITHM, "abc", NULL);
    hash(BCRYPT_SHA384_ALGORITHM, "", NULL);
    hash(BCRYPT_SHA512_ALGORITHM, "abc", NULL);
    hash(BCRYPT_SHA256_ALGORITHM, "what do ya want for nothing?", "Jefe");
    hash(L"NONE", "abc", NULL);
    HEX(BCryptGenRandom(NULL, one, sizeof one, BCRYPT_USE_SYSTEM_PREFERRED_RNG));
    HEX(BCryptGenRandom(NULL, two, sizeof two, BCRYPT_USE_SYSTEM_PREFERRED_RNG));
    NUM(memcmp(one, two, sizeof one) != 0);
    HEX(BCryptGenRandom(NULL, two, sizeof two, 0));
    NUM(RtlGenRandom(two, sizeof two));
    NUM(memcmp(one, two, sizeof one) != 0);
    YES(CryptAcquireContextA(&provider, NULL, NULL, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT | CRYPT_SILENT));
    YES(CryptGenRandom(provider, sizeof one, one));
    NUM(memcmp(one, two, sizeof one) != 0);
    YES(CryptReleaseContext(provider, 0));
    return 0;
}

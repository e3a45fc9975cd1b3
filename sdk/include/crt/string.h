// SPDX-License-Identifier: GPL-3.0-only
//
// The few C string functions that freestanding code and libc++'s headers call.
// Each binary links its own (ntdll exports them to PE programs); sizes are in bytes.
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

void* memcpy(void* to, const void* from, size_t size);
void* memmove(void* to, const void* from, size_t size);
void* memset(void* to, int value, size_t size);
int memcmp(const void* left, const void* right, size_t size);
void* memchr(const void* in, int value, size_t size);
size_t strlen(const char* text);
int strcmp(const char* left, const char* right);
int strncmp(const char* left, const char* right, size_t size);
char* strchr(const char* in, int value);
char* strrchr(const char* in, int value);
char* strstr(const char* in, const char* what);
char* strpbrk(const char* in, const char* any);
char* strcpy(char* to, const char* from);
char* strncpy(char* to, const char* from, size_t size);
char* strcat(char* to, const char* from);
char* strncat(char* to, const char* from, size_t size);
size_t strspn(const char* in, const char* any);
size_t strcspn(const char* in, const char* any);

#ifdef __cplusplus
}
#endif

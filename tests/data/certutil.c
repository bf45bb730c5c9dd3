/* Stands in for certutil of Windows: certutil -hashfile FILE SHA512.
   With OLDFMT in the environment it prints the digest as Windows 7 does, with spaces. */
#include <windows.h>
#include <wincrypt.h>
#include <stdio.h>

int wmain(int count, wchar_t **words)
{
    static BYTE chunk[1 << 16];
    BYTE digest[64];
    DWORD size = sizeof digest, got, all = 0;
    HCRYPTPROV provider;
    HCRYPTHASH hash;
    HANDLE file;
    BOOL old = GetEnvironmentVariableA("OLDFMT", (char *)chunk, 10) > 0;

    if (count < 3) return 1;
    file = CreateFileW(words[2], GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE) {
        printf("CertUtil: -hashfile command FAILED: 0x80070002 (WIN32: 2)\r\n");
        printf("CertUtil: The system cannot find the file specified.\r\n");
        return 2;
    }
    if (!CryptAcquireContextW(&provider, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT)) return 3;
    if (!CryptCreateHash(provider, CALG_SHA_512, 0, 0, &hash)) return 3;
    while (ReadFile(file, chunk, sizeof chunk, &got, NULL) && got) {
        CryptHashData(hash, chunk, got, 0);
        all += got;
    }
    if (!all) {
        printf("CertUtil: -hashfile command FAILED: 0x800703ee (WIN32: 1006)\r\n");
        printf("CertUtil: The volume for a file has been externally altered.\r\n");
        return 2;
    }
    CryptGetHashParam(hash, HP_HASHVAL, digest, &size, 0);
    printf("SHA512 hash of a file:\r\n");
    for (DWORD i = 0; i < size; i++) printf(old && i ? " %02x" : "%02x", digest[i]);
    printf("\r\nCertUtil: -hashfile command completed successfully.\r\n");
    return 0;
}

#include <rs_auth.h>
#include <stdio.h>

int main(void) { return puts(rs_auth_version()) < 0; }

// The other <c...> headers: each name is there in std.
#include <cassert>
#include <cctype>
#include <cerrno>
#include <cfenv>
#include <cfloat>
#include <cinttypes>
#include <ciso646>
#include <climits>
#include <cstdalign>
#include <cstdarg>
#include <cstdbool>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#define EXPECT(...) \
    do { \
        if (!(__VA_ARGS__)) \
            return __LINE__; \
    } while (0)

namespace names { // a using-declaration fails where there is no such name
using std::FILE;
using std::_Exit;
using std::abort;
using std::aligned_alloc;
using std::asctime;
using std::at_quick_exit;
using std::atexit;
using std::atof;
using std::atoi;
using std::atol;
using std::atoll;
using std::bsearch;
using std::calloc;
using std::clearerr;
using std::clock;
using std::clock_t;
using std::ctime;
using std::difftime;
using std::div;
using std::div_t;
using std::exit;
using std::fclose;
using std::feclearexcept;
using std::fegetenv;
using std::fegetexceptflag;
using std::fegetround;
using std::feholdexcept;
using std::fenv_t;
using std::feof;
using std::feraiseexcept;
using std::ferror;
using std::fesetenv;
using std::fesetexceptflag;
using std::fesetround;
using std::fetestexcept;
using std::feupdateenv;
using std::fexcept_t;
using std::fflush;
using std::fgetc;
using std::fgetpos;
using std::fgets;
using std::fopen;
using std::fpos_t;
using std::fprintf;
using std::fputc;
using std::fputs;
using std::fread;
using std::free;
using std::freopen;
using std::fscanf;
using std::fseek;
using std::fsetpos;
using std::ftell;
using std::fwrite;
using std::getc;
using std::getchar;
using std::getenv;
using std::gmtime;
using std::imaxabs;
using std::imaxdiv;
using std::imaxdiv_t;
using std::int16_t;
using std::int32_t;
using std::int64_t;
using std::int8_t;
using std::int_fast16_t;
using std::int_fast32_t;
using std::int_fast64_t;
using std::int_fast8_t;
using std::int_least16_t;
using std::int_least32_t;
using std::int_least64_t;
using std::int_least8_t;
using std::intmax_t;
using std::intptr_t;
using std::isalnum;
using std::isalpha;
using std::isblank;
using std::iscntrl;
using std::isdigit;
using std::isgraph;
using std::islower;
using std::isprint;
using std::ispunct;
using std::isspace;
using std::isupper;
using std::isxdigit;
using std::labs;
using std::ldiv;
using std::ldiv_t;
using std::llabs;
using std::lldiv;
using std::lldiv_t;
using std::localtime;
using std::malloc;
using std::mblen;
using std::mbstowcs;
using std::mbtowc;
using std::memchr;
using std::memcmp;
using std::memcpy;
using std::memmove;
using std::memset;
using std::mktime;
using std::perror;
using std::printf;
using std::putc;
using std::putchar;
using std::puts;
using std::qsort;
using std::quick_exit;
using std::rand;
using std::realloc;
using std::remove;
using std::rename;
using std::rewind;
using std::scanf;
using std::setbuf;
using std::setvbuf;
using std::size_t;
using std::snprintf;
using std::sprintf;
using std::srand;
using std::sscanf;
using std::strcat;
using std::strchr;
using std::strcmp;
using std::strcoll;
using std::strcpy;
using std::strcspn;
using std::strerror;
using std::strftime;
using std::strlen;
using std::strncat;
using std::strncmp;
using std::strncpy;
using std::strpbrk;
using std::strrchr;
using std::strspn;
using std::strstr;
using std::strtod;
using std::strtof;
using std::strtoimax;
using std::strtok;
using std::strtol;
using std::strtold;
using std::strtoll;
using std::strtoul;
using std::strtoull;
using std::strtoumax;
using std::strxfrm;
using std::system;
using std::time;
using std::time_t;
using std::timespec;
using std::timespec_get;
using std::tm;
using std::tmpfile;
using std::tmpnam;
using std::tolower;
using std::toupper;
using std::uint16_t;
using std::uint32_t;
using std::uint64_t;
using std::uint8_t;
using std::uint_fast16_t;
using std::uint_fast32_t;
using std::uint_fast64_t;
using std::uint_fast8_t;
using std::uint_least16_t;
using std::uint_least32_t;
using std::uint_least64_t;
using std::uint_least8_t;
using std::uintmax_t;
using std::uintptr_t;
using std::ungetc;
using std::vfprintf;
using std::vfscanf;
using std::vprintf;
using std::vscanf;
using std::vsnprintf;
using std::vsprintf;
using std::vsscanf;
using std::wcstoimax;
using std::wcstombs;
using std::wcstoumax;
using std::wctomb;
using std::abs;
using std::max_align_t;
using std::nullptr_t;
using std::ptrdiff_t;
using std::va_list;
} // namespace names

static int sum(int count, ...) {
    std::va_list list;
    va_start(list, count);
    int total = 0;
    while (count-- > 0)
        total += va_arg(list, int);
    va_end(list);
    return total;
}

extern "C" int check_cxx_c_forms() {
    char text[32] = "abc";
    const char *found = std::strchr("abc", 'b'); // const in, const out
    char *place = std::strchr(text, 'b');
    EXPECT(*found == 'b' && place == text + 1 && std::memchr(text, 'c', 3) == text + 2);
    EXPECT(std::strstr(text, "bc") == place && std::strrchr(text, 'a') == text);
    EXPECT(*std::strpbrk("xyz", "z") == 'z');
    std::byte b{0x0f};
    b = (b << 1 | std::byte{1}) & ~std::byte{2};
    b ^= std::byte{4}, b |= std::byte{0x40}, b &= std::byte{0x7f};
    EXPECT(std::to_integer<int>(b >> 1) == (((0x1d ^ 4) | 0x40) & 0x7f) >> 1);
    EXPECT(std::snprintf(text, sizeof text, "%" PRId64, std::int64_t{-5}) == 2);
    errno = ERANGE;
    assert(errno == ERANGE);
    EXPECT(CHAR_BIT == 8 && DBL_DIG == 15 && sum(2, 3, 4) == 7);
    EXPECT(std::fegetround() == FE_TONEAREST);
    EXPECT(std::isdigit('1') && std::time(nullptr) > 0 && std::imaxabs(-5) == 5);
    EXPECT(alignof(int) == 4);
    return 0;
}

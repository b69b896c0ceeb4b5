// Logs in with rs_auth.hpp, linked with the library.
//
//     login CONNECTION-STRING
//
// Built with: c++ -std=c++17 login.cpp $(pkg-config --cflags --libs rs_auth)
#include <rs_auth.hpp>

#include <chrono>
#include <iostream>
#include <string>

namespace {

// ANCHOR: person
// What a login needs of a person, asked at the terminal. Events that this program does not know are the library's.
rs_auth::event_result ask(rs_auth::event &event)
{
    std::string answer;
    switch (event.kind()) {
    case rs_auth::event_kind::ask_otp:
        std::cerr << event.text() << ": ";
        if (!std::getline(std::cin, answer))
            return rs_auth::event_result::abort; // the call fails with RS_AUTH_STATUS_CANCELLED
        event.answer(answer);
        return rs_auth::event_result::handled;
    default:
        std::cerr << event.text() << '\n';
        return rs_auth::event_result::use_default;
    }
}
// ANCHOR_END: person

} // namespace

int main(int argc, char **argv)
{
    if (argc != 2) {
        std::cerr << "usage: login connection-string\n";
        return 2;
    }
    // ANCHOR: login
    try {
        rs_auth::options options;
        options.timeout(std::chrono::minutes(3)).accept({rs_auth::kind::db_password}).events(ask);
        const rs_auth::credentials login = rs_auth::get_credentials_from_string(argv[1], options);
        // The password goes to the server and nowhere else; `login` wipes it at the end of its life.
        std::cout << "user      " << login.user().value_or("-") << '\n'
                  << "password  " << (login.password() ? "********" : "-") << '\n'
                  << "host      " << login.host().value_or("-") << ':' << login.port().value_or(0) << '\n'
                  << "database  " << login.database().value_or("-") << '\n'
                  << "method    " << login.plugin() << '\n';
        return 0;
    } catch (const rs_auth::error &failure) {
        std::cerr << rs_auth::status_name(failure.status()) << " [" << failure.sqlstate() << "]: " << failure.what() << '\n';
        if (failure.hint())
            std::cerr << "hint: " << *failure.hint() << '\n';
        return 1;
    }
    // ANCHOR_END: login
}

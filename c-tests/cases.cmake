# Writes the tests of PROGRAM, one a case, as a file that ctest reads; with VALGRIND each a second time, under it.
cmake_policy(SET CMP0057 NEW) # IN_LIST
execute_process(COMMAND "${PROGRAM}" --list OUTPUT_VARIABLE cases RESULT_VARIABLE failed)
if(failed OR NOT cases)
  message(FATAL_ERROR "${PROGRAM} names no cases: ${failed}")
endif()
string(STRIP "${cases}" cases)
string(REPLACE "\n" ";" cases "${cases}")
set(text "")
# An error or a definite leak fails the test. A case that forks answers for the child by its own means.
set(options --quiet --error-exitcode=99 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite
  --num-callers=40 --child-silent-after-fork=yes)
string(REPLACE ";" " " options "${options}")
# One measures that logins run side by side, where valgrind runs one thread at a time; the child of the other one has lost
# the stacks of the parent's other threads, and so what stood on them.
set(unfit other_identities_in_parallel fork_among_logins)
foreach(case IN LISTS cases)
  string(APPEND text "add_test([==[${NAME}.${case}]==] [==[${PROGRAM}]==] ${case})\n"
    "set_tests_properties([==[${NAME}.${case}]==] PROPERTIES ENVIRONMENT [==[${ENVIRONMENT}]==] TIMEOUT 300)\n")
  if(VALGRIND AND NOT case IN_LIST unfit)
    string(APPEND text "add_test([==[memcheck.${NAME}.${case}]==] [==[${VALGRIND}]==] ${options} [==[${PROGRAM}]==] ${case})\n"
      "set_tests_properties([==[memcheck.${NAME}.${case}]==] PROPERTIES ENVIRONMENT [==[${ENVIRONMENT}]==] TIMEOUT 300\n"
      "  LABELS memcheck)\n")
  endif()
endforeach()
file(WRITE "${OUTPUT}" "${text}")

# Writes the tests of PROGRAM, one a case, as a file that ctest reads.
execute_process(COMMAND "${PROGRAM}" --list OUTPUT_VARIABLE cases RESULT_VARIABLE failed)
if(failed OR NOT cases)
  message(FATAL_ERROR "${PROGRAM} names no cases: ${failed}")
endif()
string(STRIP "${cases}" cases)
string(REPLACE "\n" ";" cases "${cases}")
set(text "")
foreach(case IN LISTS cases)
  string(APPEND text "add_test([==[${NAME}.${case}]==] [==[${PROGRAM}]==] ${case})\n"
    "set_tests_properties([==[${NAME}.${case}]==] PROPERTIES ENVIRONMENT [==[${ENVIRONMENT}]==] TIMEOUT 120)\n")
endforeach()
file(WRITE "${OUTPUT}" "${text}")

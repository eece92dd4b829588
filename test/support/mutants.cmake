# Tests that must fail once a line of what they test is broken.
include_guard(GLOBAL)

# Puts into `result` the path of a copy of `source` with `original` replaced.
# What is replaced has to be there: otherwise the mutant is out of date, the
# path is empty and `test`, which is then added, fails.
function(interlock_mutant result test source original mutated)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  file(READ ${source} before)
  string(REPLACE "${original}" "${mutated}" after "${before}")
  if(after STREQUAL before)
    add_test(NAME ${test} COMMAND ${CMAKE_COMMAND} -E echo "${test} is out of date")
    set_tests_properties(${test} PROPERTIES WILL_FAIL ON)
    set(${result} "" PARENT_SCOPE)
    return()
  endif()
  file(CONFIGURE OUTPUT ${test}.cpp CONTENT "${after}" @ONLY)
  set(${result} ${CMAKE_CURRENT_BINARY_DIR}/${test}.cpp PARENT_SCOPE)
endfunction()

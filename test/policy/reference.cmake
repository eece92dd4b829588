# The committed reference is what the tool prints.
execute_process(COMMAND ${TOOL} --dump-config-reference
  OUTPUT_VARIABLE printed RESULT_VARIABLE status)
file(READ ${PAGE} committed)
if(NOT status EQUAL 0 OR NOT printed STREQUAL committed)
  message(FATAL_ERROR
    "${PAGE} is out of date: interlock --dump-config-reference > ${PAGE}")
endif()

# Analyses the sources of a target in every build and fails it on findings.
#
#   include(InterlockEnforce)
#   interlock_enforce(app [BASELINE known.json] [OPTIONS --quiet ...])
#
# One stamp a source: a source is analysed again when it, a file that it
# includes, the configuration, the baseline or the analyser changes, and costs
# nothing else. Each source is seen alone; what only the whole program shows is
# for `interlock -p build`, for example in continuous integration.
#
# For the Ninja and Makefile generators: only they write the commands down.

# Installed, the analyser is in the same prefix: lib[/triple]/cmake/interlock.
find_program(INTERLOCK_EXECUTABLE interlock HINTS
  "${CMAKE_CURRENT_LIST_DIR}/../../../bin"
  "${CMAKE_CURRENT_LIST_DIR}/../../../../bin"
  DOC "The analyser that interlock_enforce() runs")

function(interlock_enforce target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "BASELINE" "OPTIONS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "interlock_enforce: what is ${arg_UNPARSED_ARGUMENTS}?")
  endif()
  if(NOT TARGET ${target})
    message(FATAL_ERROR "interlock_enforce: ${target} is no target")
  endif()
  if(NOT INTERLOCK_EXECUTABLE)
    message(FATAL_ERROR "interlock_enforce: no interlock: set "
                        "INTERLOCK_EXECUTABLE")
  endif()
  if(NOT CMAKE_GENERATOR MATCHES "Ninja$|Makefiles$")
    message(FATAL_ERROR "interlock_enforce: wants Ninja or Makefiles, not "
                        "${CMAKE_GENERATOR}")
  endif()
  set_target_properties(${target} PROPERTIES EXPORT_COMPILE_COMMANDS ON)

  set(options ${arg_OPTIONS})
  if(arg_BASELINE)
    get_filename_component(baseline "${arg_BASELINE}" ABSOLUTE)
    list(APPEND options "--baseline=${baseline}")
  endif()

  get_target_property(folder ${target} SOURCE_DIR)
  get_target_property(sources ${target} SOURCES)
  set(stamps)
  foreach(source IN LISTS sources)
    if(NOT source MATCHES "\\.(cpp|cc|cxx|c\\+\\+|C)$" OR source MATCHES "\\$<")
      continue()
    endif()
    get_filename_component(source "${source}" ABSOLUTE BASE_DIR "${folder}")
    string(MD5 id "${source}")
    get_filename_component(name "${source}" NAME)
    set(stamp "${CMAKE_CURRENT_BINARY_DIR}/interlock/${target}/${name}-${id}")
    file(MAKE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/interlock/${target}")
    add_custom_command(OUTPUT "${stamp}"
      COMMAND ${INTERLOCK_EXECUTABLE} -p ${CMAKE_BINARY_DIR} ${options}
              --depfile=${stamp}.d ${source}
      COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
      DEPENDS "${source}" ${INTERLOCK_EXECUTABLE}
      DEPFILE "${stamp}.d"
      COMMENT "interlock ${name}" VERBATIM)
    list(APPEND stamps "${stamp}")
  endforeach()
  add_custom_target(${target}_interlock ALL DEPENDS ${stamps})
  # After the target: its generated headers exist by then.
  add_dependencies(${target}_interlock ${target})
endfunction()

# Analyses the sources of a target in every build and fails it on findings.
#
#   include(InterlockEnforce)
#   interlock_enforce(app [BASELINE known.json] [OPTIONS --executor=...])
#
# Sources may be added to the target after the call, in this folder and those
# below it. One stamp a source: it is analysed again when it, a file that it
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
  set_property(TARGET ${target} PROPERTY INTERLOCK_OPTIONS "${options}")

  # At the end of this folder: a target can get more sources until then.
  cmake_language(EVAL CODE
    "cmake_language(DEFER CALL _interlock_enforce_sources [[${target}]])")
endfunction()

function(_interlock_enforce_sources target)
  set(stamps)
  set(plain)
  set(cxx "[.](cpp|cc|cxx|c[+][+]|C)$")
  get_target_property(folder ${target} SOURCE_DIR)
  get_target_property(sources ${target} SOURCES)
  get_target_property(libraries ${target} LINK_LIBRARIES)
  string(GENEX_STRIP "${sources}" known)
  foreach(source IN LISTS known)
    if(NOT source MATCHES "${cxx}")
      continue()
    endif()
    string(REGEX REPLACE "[^A-Za-z0-9/_-]" "[\\0]" pattern "${source}")
    list(APPEND plain "${pattern}")
    get_filename_component(file "${source}" ABSOLUTE BASE_DIR "${folder}")
    get_filename_component(name "${source}" NAME)
    string(MD5 id "${file}")
    _interlock_stamp(${target} "${name}-${id}" "${name}" "${file}"
                     DEPENDS "${file}")
  endforeach()

  # What only the generator knows, all at once as it may be nothing: sources
  # behind generator expressions, and those that libraries bring with them.
  if(libraries OR NOT sources STREQUAL known)
    set(others "$<FILTER:$<TARGET_PROPERTY:${target},SOURCES>,INCLUDE,${cxx}>")
    if(plain)
      list(JOIN plain "|" plain)
      set(others "$<FILTER:${others},EXCLUDE,^(${plain})$>")
    endif()
    _interlock_stamp(${target} others "${target}" "${others}")
  endif()

  add_custom_target(${target}_interlock ALL DEPENDS ${stamps})
  # After the target: its generated headers exist by then.
  add_dependencies(${target}_interlock ${target})
endfunction()

# Adds to `stamps` a file that is as new as the last good look at FILES. Where
# these are a generator expression that gives nothing, nothing is run.
function(_interlock_stamp target name shown files)
  get_target_property(options ${target} INTERLOCK_OPTIONS)
  get_target_property(folder ${target} SOURCE_DIR)
  set(stamp "${CMAKE_CURRENT_BINARY_DIR}/interlock/${target}/${name}")
  file(MAKE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/interlock/${target}")
  set(program "${INTERLOCK_EXECUTABLE}")
  if(files MATCHES "^\\$<")
    set(program "$<IF:$<BOOL:${files}>,${program},${CMAKE_COMMAND};-E;true>")
  endif()
  # Ninja runs a command again whose depfile is missing, and CMake takes an
  # empty one, or none, for that.
  set(rule "${stamp}: ${CMAKE_CURRENT_FUNCTION_LIST_FILE}\n")
  string(REGEX REPLACE "([^:]) " "\\1\\\\ " rule "${rule}")
  file(WRITE "${stamp}.none" "${rule}")
  add_custom_command(OUTPUT "${stamp}"
    COMMAND ${CMAKE_COMMAND} -E copy ${stamp}.none ${stamp}.d
    COMMAND "${program}" -p ${CMAKE_BINARY_DIR} --quiet ${options}
            --depfile=${stamp}.d "${files}"
    COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
    ${ARGN} DEPENDS ${INTERLOCK_EXECUTABLE}
    DEPFILE "${stamp}.d" WORKING_DIRECTORY "${folder}"
    COMMENT "interlock ${shown}" COMMAND_EXPAND_LISTS VERBATIM)
  set(stamps ${stamps} "${stamp}" PARENT_SCOPE)
endfunction()

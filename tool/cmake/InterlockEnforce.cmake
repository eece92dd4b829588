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

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  # One source: cmake -DSOURCE= -DTARGET= -DBUILD= -DSTAMP= -DTOOL=
  # -DOPTIONS=a|b -P InterlockEnforce.cmake
  cmake_minimum_required(VERSION 3.20)
  file(READ "${BUILD}/compile_commands.json" database)
  string(JSON count LENGTH "${database}")
  math(EXPR last "${count} - 1")
  set(found FALSE)
  foreach(i RANGE ${last})
    string(JSON file GET "${database}" ${i} file)
    string(JSON command GET "${database}" ${i} command)
    string(FIND "${command}" "CMakeFiles/${TARGET}.dir/" place)
    if(file STREQUAL SOURCE AND NOT place EQUAL -1)
      string(JSON directory GET "${database}" ${i} directory)
      set(found TRUE)
      break()
    endif()
  endforeach()
  if(NOT found)
    message(FATAL_ERROR "interlock: ${SOURCE} of ${TARGET} is not in "
                        "${BUILD}/compile_commands.json")
  endif()

  string(REPLACE "|" ";" OPTIONS "${OPTIONS}")
  execute_process(COMMAND ${TOOL} -p ${BUILD} ${OPTIONS} ${SOURCE}
                  RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "interlock: ${SOURCE}: exit status ${status}")
  endif()

  # What the source includes, from the compiler that knows: its own command,
  # writing dependencies in place of an object.
  separate_arguments(words UNIX_COMMAND "${command}")
  set(scan)
  set(skip FALSE)
  foreach(word IN LISTS words)
    if(skip)
      set(skip FALSE)
    elseif(word STREQUAL "-o")
      set(skip TRUE)
    elseif(NOT word STREQUAL "-c")
      list(APPEND scan "${word}")
    endif()
  endforeach()
  execute_process(COMMAND ${scan} -M -MF ${STAMP}.d -MT ${STAMP}
                  WORKING_DIRECTORY ${directory} RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "interlock: ${SOURCE}: its includes are not known")
  endif()
  file(TOUCH ${STAMP})
  return()
endif()

set(_interlock_enforce_script "${CMAKE_CURRENT_LIST_FILE}")
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
  set(inputs ${INTERLOCK_EXECUTABLE} ${_interlock_enforce_script})
  get_target_property(folder ${target} SOURCE_DIR)
  if(arg_BASELINE)
    get_filename_component(baseline "${arg_BASELINE}" ABSOLUTE)
    list(APPEND options "--baseline=${baseline}")
    list(APPEND inputs ${baseline})
  endif()
  # The configuration that the analyser looks up; a new one wants a new
  # configure run.
  set(up "${folder}")
  while(TRUE)
    if(EXISTS "${up}/.interlock.yaml")
      list(APPEND inputs "${up}/.interlock.yaml")
    endif()
    get_filename_component(parent "${up}" DIRECTORY)
    if(parent STREQUAL up)
      break()
    endif()
    set(up "${parent}")
  endwhile()
  string(REPLACE ";" "|" options "${options}")

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
      COMMAND ${CMAKE_COMMAND} -DSOURCE=${source} -DTARGET=${target}
              -DBUILD=${CMAKE_BINARY_DIR} -DSTAMP=${stamp}
              -DTOOL=${INTERLOCK_EXECUTABLE} "-DOPTIONS=${options}"
              -P ${_interlock_enforce_script}
      DEPENDS "${source}" ${inputs}
      DEPFILE "${stamp}.d"
      COMMENT "interlock ${name}" VERBATIM)
    list(APPEND stamps "${stamp}")
  endforeach()
  add_custom_target(${target}_interlock ALL DEPENDS ${stamps})
  # After the target: its generated headers exist by then.
  add_dependencies(${target}_interlock ${target})
endfunction()

# How every part of the analyser is compiled against LLVM and Clang.
#
#   interlock_llvm                         interface target: headers, flags, libraries
#   interlock_add_library(name sources...) static library that shares one
#                                          precompiled header with its siblings
#   interlock_reuse_headers(target)        the same header for an executable
include_guard(GLOBAL)

# Debian's package answers to its minor version only, so `19` alone is refused.
# LLVM's own configuration looks for headers of libedit in C, where that is
# installed: with the C compiler that stands beside the one for C++.
if(NOT CMAKE_C_COMPILER AND CMAKE_CXX_COMPILER MATCHES "clang[+][+]")
  string(REPLACE "clang++" "clang" CMAKE_C_COMPILER "${CMAKE_CXX_COMPILER}")
endif()
enable_language(C)
find_package(Clang 19.1 REQUIRED CONFIG
  HINTS /usr/lib/llvm-19/lib/cmake/clang)
find_package(LLVM ${Clang_VERSION} REQUIRED CONFIG
  HINTS ${Clang_DIR}/../llvm)
find_package(fmt REQUIRED CONFIG)

# Clang's own headers (stddef.h, immintrin.h, ...), which a parse needs.
set(INTERLOCK_RESOURCE_DIR
  "${LLVM_LIBRARY_DIR}/clang/${LLVM_VERSION_MAJOR}"
  CACHE PATH "Clang's resource directory")

add_library(interlock_llvm INTERFACE)
target_include_directories(interlock_llvm INTERFACE ${PROJECT_SOURCE_DIR})
target_include_directories(interlock_llvm SYSTEM INTERFACE
  ${LLVM_INCLUDE_DIRS} ${CLANG_INCLUDE_DIRS})
separate_arguments(interlock_llvm_definitions NATIVE_COMMAND
  "${LLVM_DEFINITIONS}")
# LLVM_DEFINITIONS holds -D flags and, from some packagers, other options.
list(FILTER interlock_llvm_definitions INCLUDE REGEX "^-D")
target_compile_definitions(interlock_llvm INTERFACE
  ${interlock_llvm_definitions})
target_compile_options(interlock_llvm INTERFACE
  -fno-exceptions -Wall -Wextra -Wno-unused-parameter
  $<$<NOT:$<BOOL:${LLVM_ENABLE_RTTI}>>:-fno-rtti>)
target_compile_features(interlock_llvm INTERFACE cxx_std_20)
# LLVM's own classes have no type information for UBSan to compare with.
if(CMAKE_CXX_FLAGS MATCHES "-fsanitize=[a-z,-]*undefined")
  target_compile_options(interlock_llvm INTERFACE -fno-sanitize=vptr)
endif()

# The analyser reads what strangers wrote. What is released stops at the first
# write behind a buffer; sanitizers have their own means.
if(NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")
  target_compile_options(interlock_llvm INTERFACE "$<$<CONFIG:Release,MinSizeRel>:\
-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=3;-D_GLIBCXX_ASSERTIONS;\
-fstack-protector-strong;-fstack-clash-protection>")
endif()
target_link_options(interlock_llvm INTERFACE
  LINKER:-z,relro,-z,now,-z,noexecstack
  $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-pie>)
target_link_libraries(interlock_llvm INTERFACE clang-cpp LLVM fmt::fmt)

# One precompiled header for all parts: parsing clang's headers is most of the
# cost of compiling any file here.
file(WRITE ${PROJECT_BINARY_DIR}/interlock_pch.cpp.in "\n")
configure_file(${PROJECT_BINARY_DIR}/interlock_pch.cpp.in
  ${PROJECT_BINARY_DIR}/interlock_pch.cpp COPYONLY)
add_library(interlock_pch OBJECT ${PROJECT_BINARY_DIR}/interlock_pch.cpp)
target_link_libraries(interlock_pch PUBLIC interlock_llvm)
set_target_properties(interlock_pch PROPERTIES POSITION_INDEPENDENT_CODE ON)
target_precompile_headers(interlock_pch PRIVATE
  <clang/AST/ASTContext.h>
  <clang/AST/DeclCXX.h>
  <clang/AST/ExprCXX.h>
  <clang/AST/RecursiveASTVisitor.h>
  <clang/AST/StmtCXX.h>
  <clang/Analysis/CFG.h>
  <clang/Basic/SourceManager.h>
  <clang/Frontend/CompilerInstance.h>
  <clang/Lex/Lexer.h>
  <clang/Tooling/Tooling.h>
  <llvm/ADT/DenseMap.h>
  <llvm/ADT/StringMap.h>
  <llvm/Support/Error.h>
  <fmt/format.h>
  <map> <memory> <optional> <string> <tuple> <vector>)

# The header is compiled with -fPIC; CMake would give an executable -fPIE, and
# clang refuses a header that differs.
function(interlock_reuse_headers target)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${target} PRIVATE -fPIC)
  target_precompile_headers(${target} REUSE_FROM interlock_pch)
endfunction()

function(interlock_add_library name)
  add_library(${name} STATIC ${ARGN})
  target_link_libraries(${name} PUBLIC interlock_llvm)
  interlock_reuse_headers(${name})
endfunction()

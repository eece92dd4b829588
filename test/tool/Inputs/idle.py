"""Writes sources that have nothing to do with state or locks, and share a
header of their own: `idle.py FOLDER COUNT`."""

import os
import sys

folder, count = sys.argv[1], int(sys.argv[2])
os.makedirs(folder, exist_ok=True)
with open(os.path.join(folder, "trapezoids.hpp"), "w", encoding="utf-8") as out:
    out.write("struct Trapezoid { double trapezoid_foot, trapezoid_top; };\n"
              "inline double trapezoid_span(const Trapezoid &t) {\n"
              "  return t.trapezoid_foot - t.trapezoid_top;\n}\n")
for i in range(count):
    with open(os.path.join(folder, f"trapezoid{i}.cpp"), "w",
              encoding="utf-8") as out:
        out.write(f'#include "trapezoids.hpp"\n'
                  f"double trapezoid_twice{i}(Trapezoid t) {{\n"
                  f"  return 2 * trapezoid_span(t);\n}}\n"
                  f"int main() {{}}\n")

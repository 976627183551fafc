import js from "@eslint/js";
import tseslint from "typescript-eslint";

const ASSEMBLYSCRIPT = [
  "assembly/**/*.ts",
  "filters/**/*.ts",
  "bench/modules/**/*.ts",
  "templates/filter/filters/**/*.ts",
];

export default tseslint.config(
  { ignores: ["node_modules/", "build/", "dist/", "release/", ".cache/", "coverage/"] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    files: ["**/*.mjs", "**/*.js"],
    languageOptions: {
      globals: { process: "readonly", console: "readonly", Buffer: "readonly", URL: "readonly" },
    },
  },
  {
    // AssemblyScript: casts are conversions, `==` on numbers is the compiler's own, and its globals are not JavaScript's.
    files: ASSEMBLYSCRIPT,
    rules: {
      "no-undef": "off",
      "@typescript-eslint/consistent-type-assertions": "off",
      "@typescript-eslint/no-extraneous-class": "off",
      "@typescript-eslint/no-inferrable-types": "off",
      "@typescript-eslint/prefer-literal-enum-member": ["error", { allowBitwiseExpressions: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "no-loss-of-precision": "off",
    },
  },
);

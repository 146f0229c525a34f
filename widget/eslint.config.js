import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["node_modules"] },
  ...tseslint.configs.strict,
  {
    rules: {
      eqeqeq: "error",
      "no-restricted-syntax": [
        "error",
        { selector: "AssignmentExpression[left.property.name=/^(inner|outer)HTML$/]", message: "text goes in as text nodes" },
        { selector: "Literal[value=/^(before)?unload$/]", message: "unload handlers break the back/forward cache" },
      ],
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-invalid-void-type": "off",
    },
  },
);

// Bundles the three scripts into static/widget; with --size it only checks what lies there against size.json.
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { brotliCompressSync, constants } from "node:zlib";
import * as esbuild from "esbuild";

const out = new URL("../static/widget/", import.meta.url);
const entries = { embed: "src/loader/index.ts", core: "src/core/index.ts", ui: "src/ui/index.ts" };

/** Imports a stylesheet as minified text: it becomes a constructable sheet, which no style-src forbids. */
const cssText = {
  name: "css-text",
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await esbuild.transform(await readFile(path, "utf8"), { loader: "css", minify: true });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

if (!process.argv.includes("--size")) {
  await esbuild.build({
    absWorkingDir: new URL(".", import.meta.url).pathname,
    entryPoints: entries,
    outdir: out.pathname,
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2020",
    charset: "utf8",
    legalComments: "none",
    plugins: [cssText],
  });
}

const brotli = (file) =>
  brotliCompressSync(readFileSync(new URL(file, out)), { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;

const { budgets } = JSON.parse(readFileSync(new URL("size.json", import.meta.url), "utf8"));
for (const { files, bytes } of budgets) {
  const size = files.map(brotli).reduce((a, b) => a + b);
  const over = size > bytes;
  console.log(`${over ? "OVER" : "ok  "} ${files.join(" + ").padEnd(20)} ${String(size).padStart(5)} of ${bytes} B`);
  if (over) process.exitCode = 1;
}

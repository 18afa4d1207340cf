import { defineConfig } from "vite";

// TensorBoard imports exactly static/index.js and calls its render(); everything else may be hashed.
// Relative URLs only: the page also lives under --path_prefix and /experiment/<id>/.
export default defineConfig({
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../tb_plugin_weightdelta/static",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: "src/main.ts" },
      // Its exports stay, and what it shares with the rest stays in it: the entry must be able to
      // show its error screen when no other file can be loaded.
      preserveEntrySignatures: "allow-extension",
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
      },
    },
  },
});

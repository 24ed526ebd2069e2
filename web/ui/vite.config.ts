// How the pages are built: what the server embeds is in dist/app, compressed, and the build fails where the first page is too heavy.
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

// All JavaScript that the first page loads, compressed: what a phone on a bad line still gets in a second.
const FIRST_PAGE_BYTES = 150_000;
const OUT = 'dist/app';

function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });
}

// The scripts that the page itself names: its entry, and what that needs before anything is shown.
function firstScripts(html: string): string[] {
  return [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((match) => match[1] ?? '');
}

function embedded(): Plugin {
  return {
    name: 'embedded',
    apply: 'build',
    closeBundle() {
      const html = readFileSync(join(OUT, 'index.html'), 'utf8');
      const first = firstScripts(html);
      let weight = 0;
      for (const path of files(OUT)) {
        const packed = gzipSync(readFileSync(path), { level: 9 });
        if (first.includes(relative(OUT, path))) weight += packed.length;
        writeFileSync(`${path}.gz`, packed);
        rmSync(path);
      }
      const told = `the first page loads ${(weight / 1000).toFixed(1)} kB of JavaScript (gzip); ${FIRST_PAGE_BYTES / 1000} kB are allowed`;
      if (first.length === 0) throw new Error('index.html names no script: what the first page loads is not known');
      if (weight > FIRST_PAGE_BYTES) throw new Error(told);
      console.log(told);
    },
  };
}

const server = process.env.MILEPOST_SERVER ?? 'http://127.0.0.1:8420';

export default defineConfig({
  plugins: [embedded()],
  build: {
    outDir: OUT, emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      // A mark for servers that render React; there is none here.
      onLog: (level, log, tell) => log.code !== 'MODULE_LEVEL_DIRECTIVE' && tell(level, log),
    },
  },
  server: { port: 19440, strictPort: true, proxy: { '/api': server, '/session': server } },
  test: { include: ['src/**/*.test.ts'] },
} as Parameters<typeof defineConfig>[0]);

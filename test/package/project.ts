import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';

const execute = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Somebody's project, with this package installed beside another copy of `nats` than the package's own. */
export interface Project {
  readonly directory: string;
  write(file: string, text: string): Promise<void>;
  /** What the compiler has to say of these files, and of those of this package; nothing where all is well. */
  compile(files: readonly string[], options: ts.CompilerOptions): readonly string[];
  remove(): Promise<void>;
}

/** Installs what `npm pack` makes of the package as it was built last. Nothing is fetched from a registry. */
export async function createProject(): Promise<Project> {
  const directory = await mkdtemp(join(tmpdir(), 'stele-project-'));
  const modules = join(directory, 'node_modules');
  await mkdir(join(modules, 'stele'), { recursive: true });
  const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', directory];
  const { stdout: archive } = await execute('npm', pack, { cwd: ROOT });
  await execute('tar', ['-xzf', join(directory, archive.trim()), '-C', join(modules, 'stele'), '--strip-components=1']);
  const { dependencies, optionalDependencies, peerDependencies } = await readPackage(join(modules, 'stele'));
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
    await link(name, join(modules, 'stele/node_modules'));
  }
  for (const name of ['nkeys.js', 'tweetnacl', '@types/node', 'undici-types']) await link(name, modules);
  // A copy: its classes and its types are others than those of the one above.
  await cp(join(ROOT, 'node_modules/nats'), join(modules, 'nats'), { recursive: true });
  // Of another version, or the compiler would take the two for one.
  const nats = await readPackage(join(modules, 'nats'));
  await rm(join(modules, 'nats/package.json'));
  await writeFile(join(modules, 'nats/package.json'), JSON.stringify({ ...nats, version: '2.28.9' }));
  const write = (file: string, text: string) => writeFile(join(directory, file), text);
  await write('package.json', JSON.stringify({ name: 'project', private: true, type: 'module' }));
  return {
    directory,
    write,
    compile: (files, options) => problems(directory, files, options),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

const STRICT: ts.CompilerOptions = {
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  target: ts.ScriptTarget.ES2022,
  types: ['node'],
};

/** Leaves out what the types of Node and of nats make of each other: to check them takes most of the time. */
function problems(directory: string, files: readonly string[], options: ts.CompilerOptions): string[] {
  const paths = files.map((file) => join(directory, file));
  const all = { ...STRICT, ...options, typeRoots: [join(directory, 'node_modules/@types')] };
  const program = ts.createProgram(paths, all);
  const mine = program
    .getSourceFiles()
    .filter(({ fileName }) => paths.includes(fileName) || fileName.includes('/node_modules/stele/dist/'));
  return [...program.getOptionsDiagnostics(), ...mine.flatMap((file) => program.getSemanticDiagnostics(file))].map(
    ({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
  );
}

async function readPackage(directory: string) {
  const text = await readFile(join(directory, 'package.json'), 'utf8');
  return JSON.parse(text) as Record<
    'dependencies' | 'optionalDependencies' | 'peerDependencies',
    Record<string, string>
  >;
}

async function link(name: string, modules: string): Promise<void> {
  await mkdir(dirname(join(modules, name)), { recursive: true });
  await symlink(join(ROOT, 'node_modules', name), join(modules, name), 'dir');
}

/** What a page that was broken into could still do: nothing that its policy forbids. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { chromiumPath, NO_CHROMIUM } from './support/chromium.ts';
import { openTestStudio, type TestStudio } from './support/studio.ts';

/** Each is tried by the page itself, a turn later, so that the browser's tools lend it no rights. */
const FORBIDDEN: Readonly<Record<string, string>> = {
  'innerHTML of text': 'document.createElement("div").innerHTML = "<b>x</b>"',
  'innerHTML of nothing': 'document.createElement("div").innerHTML = ""',
  outerHTML: 'document.body.appendChild(document.createElement("div")).outerHTML = "<b>x</b>"',
  insertAdjacentHTML: 'document.body.insertAdjacentHTML("beforeend", "<img src=x onerror=window.broken=1>")',
  'document.write': 'document.write("<script>window.broken=1</" + "script>")',
  'a fragment': 'document.createRange().createContextualFragment("<img src=x onerror=window.broken=1>")',
  'a parser': 'new DOMParser().parseFromString("<b>x</b>", "text/html")',
  srcdoc: 'document.createElement("iframe").srcdoc = "<b>x</b>"',
  'an event attribute': 'document.createElement("div").setAttribute("onclick", "window.broken=1")',
  'the text of a script': 'document.createElement("script").text = "window.broken=1"',
  'the address of a script': 'document.createElement("script").src = "https://evil.test/x.js"',
  eval: '(0, eval)("window.broken=1")',
  'a function of text': 'new Function("window.broken=1")()',
  'a worker of text': 'new Worker(URL.createObjectURL(new Blob(["1"])))',
  'a policy of its own': 'trustedTypes.createPolicy("mine", { createHTML: (text) => text })',
  'a default policy': 'trustedTypes.createPolicy("default", { createHTML: (text) => text })',
  'a second policy of that name': 'trustedTypes.createPolicy("vue", { createHTML: (text) => text })',
};
const NAMES = [
  '<img src=x onerror=window.broken=1>',
  '<script>window.broken=1<',
  '"><svg onload=window.broken=1>',
  '{{constructor.constructor("window.broken=1")()}}',
  "'-window.broken=1-'",
  'javascript:window.broken=1',
  '<b onmouseover=window.broken=1>x',
  '<iframe srcdoc=window.broken=1>',
  '&lt;img src=x onerror=window.broken=1&gt;',
  '<style>@import url(x)<',
  '<a href=javascript:window.broken=1>x',
  '<details open ontoggle=window.broken=1>',
  '<input autofocus onfocus=window.broken=1>',
  '<math><mtext><img src=x onerror=window.broken=1>',
  '<!--<img src=x onerror=window.broken=1>--!>',
  '<noscript><img src=x onerror=window.broken=1>',
  '<template><script>window.broken=1<',
  '<object data=javascript:window.broken=1>',
  '<video src=x onerror=window.broken=1>',
  '<body onload=window.broken=1>',
  '<meta http-equiv=refresh content=0>',
  '<base href=x>',
  '<form action=javascript:window.broken=1>',
  '<svg><script>window.broken=1<',
  '‮<img src=x onerror=window.broken=1>',
  '＜img src=x onerror=window.broken=1＞',
  '<img src=x onerror=window.broken=1',
  '=cmd|window.broken=1',
  '%3Cimg src=x onerror=window.broken=1%3E',
  '<marquee onstart=window.broken=1>',
];
const IMAGES_A_CLASS = 4;
const onePicture = (shade: number): Promise<Buffer> =>
  sharp({ create: { width: 16, height: 16, channels: 3, background: { r: shade * 2, g: 255 - shade, b: shade } } })
    .png()
    .toBuffer();
const Refused = z.record(z.string(), z.string());

let studio: TestStudio;

describe('the policy of the page', () => {
  beforeAll(async () => {
    if (chromiumPath() !== null) studio = await openTestStudio({ files: true });
  });
  afterAll(async () => {
    if (chromiumPath() !== null) await studio.close();
  });
  beforeEach((context) => {
    if (chromiumPath() === null) context.skip(NO_CHROMIUM);
  });

  // all in one page: what one of them could do would show in window.broken for the rest
  test.for(Object.entries(FORBIDDEN))('%s is refused', async ([, code]) => {
    const { page } = studio;
    const outcome = await page.evaluate<string>(
      `new Promise((done) => setTimeout(() => { try { ${code}; done("was done"); } catch (error) { done(error.name); } }))`,
    );
    expect(outcome).toMatch(/^(TypeError|EvalError|SecurityError)$/);
    expect(await page.evaluate('window.broken')).toBeUndefined();
    studio.faults.length = 0;
  });

  test('no other place can be reached', async () => {
    const { page } = studio;
    const reached = Refused.parse(
      await page.evaluate(`(async () => {
      const port = Number(location.port) + 1, told = {};
      told.fetch = await fetch('http://127.0.0.1:' + port + '/').then(() => 'reached', (error) => error.name);
      told.socket = await new Promise((done) => { try { const socket = new WebSocket('ws://127.0.0.1:' + port + '/socket'); socket.onopen = () => done('reached'); socket.onerror = () => done('refused'); } catch (error) { done(error.name); } });
      told.picture = await new Promise((done) => { const image = new Image(); image.onload = () => done('reached'); image.onerror = () => done('refused'); image.src = 'http://127.0.0.1:' + port + '/x.png'; });
      const blocked = [];
      const violation = new Promise((done) => document.addEventListener('securitypolicyviolation', (event) => { blocked.push(event.effectiveDirective); if (event.effectiveDirective === 'frame-src') done(); }));
      const frame = document.createElement('iframe'); frame.src = '/'; document.body.appendChild(frame);
      const loaded = new Promise((done) => { frame.onload = done; });
      await Promise.race([violation, loaded.then(() => new Promise((done) => setTimeout(done, 300)))]);
      told.frame = blocked.includes('frame-src') ? 'refused' : 'reached';
      frame.remove();
      return told;
    })()`),
    );
    expect(Object.values(reached)).not.toContain('reached');
    studio.faults.length = 0;
  });

  test('names of classes, files and runs are text, whatever they say', async () => {
    const { page, url } = studio;
    const folder = join(studio.folder, 'files', '<img src=x onerror=window.broken=1>');
    for (const [at, name] of NAMES.entries()) {
      const directory = join(folder, name.replaceAll('/', '∕'));
      mkdirSync(directory, { recursive: true });
      // enough for a batch of the first preset
      for (let i = 0; i < IMAGES_A_CLASS; i++)
        writeFileSync(
          join(directory, `<img src=x onerror=window.broken=1>${i}.png`),
          await onePicture((at * IMAGES_A_CLASS + i) % 128),
        );
    }
    await studio.quorum('dataset', 'import', folder, '--name', '<img src=x onerror=window.broken=1>');
    await page.goto(`${url}#/datasets`);
    await page.getByText('<img src=x onerror=window.broken=1>').first().click();
    await page.getByText('javascript:window.broken=1').first().waitFor();
    await page.goto(`${url}#/runs/new`);
    await page.getByText('Memory fits').waitFor();
    for (const place of [
      '/',
      '/datasets/import',
      '/runs',
      '/runs/%3Cimg%20src=x%20onerror=window.broken=1%3E',
      '/%3Cscript%3Ewindow.broken=1%3C/script%3E',
      '/runs?q=%3Cimg%20src=x%20onerror=window.broken=1%3E',
    ]) {
      await page.goto(`${url}#${place}`);
      await page.getByRole('navigation').first().waitFor();
    }
    expect(await page.evaluate('window.broken')).toBeUndefined();
  });
});

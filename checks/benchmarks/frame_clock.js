// Added to every frame before its own scripts: how long the page takes until it has painted.
(() => {
  if (!location.pathname.includes("data/plugin_entry.html")) return;

  /** Resolves with the time just after the next frame was laid out and painted. */
  const painted = () =>
    new Promise((done) => {
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => done(performance.now());
        port2.postMessage(null);
      });
    });

  /** Resolves with the time just after the first frame in which `ready` holds. */
  const paintedWhen = async (ready) => {
    for (;;) {
      const after = await painted();
      if (ready()) return after;
    }
  };

  const samples = { input: [], click: [] };
  for (const type of Object.keys(samples))
    addEventListener(
      type,
      async (event) => {
        const began = event.timeStamp;
        samples[type].push((await painted()) - began);
      },
      { capture: true },
    );

  const find = (selector) => document.querySelectorAll(selector);
  const clock = {
    samples,

    /** From the overview's last byte to its rows on the screen; the promise starts at once. */
    tableReady: paintedWhen(() => find("[data-testid=tensor-table] tr[data-tag]").length > 0).then(
      (after) => {
        const replies = performance.getEntriesByType("resource");
        const overview = replies.find(({ name }) => name.includes("/weight_delta/overview?"));
        return after - overview.responseEnd;
      },
    ),

    /** From a click on `button` until `count` of `selector` are on the screen. */
    shows: async (button, selector, count) => {
      const began = performance.now();
      find(button)[0].click();
      return (await paintedWhen(() => find(selector).length >= count)) - began;
    },

    /** The longest time from one frame to the next while the table scrolls by `pixels` in each. */
    worstScrollFrame: async (selector, pixels, frames) => {
      const [element] = find(selector);
      element.scrollTop = 0;
      await painted();
      await painted();
      let last = performance.now();
      let worst = 0;
      for (let i = 0; i < frames; i++) {
        element.scrollTop += pixels;
        const now = await painted();
        worst = Math.max(worst, now - last);
        last = now;
      }
      return worst;
    },
  };
  Object.assign(window, { clock });
})();

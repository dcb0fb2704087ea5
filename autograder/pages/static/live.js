// Live parts of pages. Everything works without it.
(() => {
  "use strict";

  // a part of the page that the server sends again when it changes
  const part = document.querySelector("[data-events]");
  const news = document.getElementById("news");
  if (part && window.EventSource) {
    const address = new URL(part.dataset.events, location.href);
    let source = null;
    const close = () => {
      if (source) source.close();
      source = null;
    };
    const open = () => {
      if (source || document.hidden) return;
      source = new EventSource(address);
      source.addEventListener("part", (event) => {
        const sent = JSON.parse(event.data);
        // what somebody writes at this moment stays
        if ([...part.querySelectorAll("textarea")].some((one) => one.value !== one.defaultValue)) {
          news.textContent = `${sent.said} Load the page again to see it, when you have sent your text.`;
          news.classList.remove("hidden");
          return;
        }
        address.searchParams.set("seen", sent.seen);
        part.innerHTML = sent.html;
        news.textContent = sent.said;
      });
      source.addEventListener("end", close);
    };
    // a browser has few connections: none for what nobody looks at
    document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
    window.addEventListener("pagehide", close);
    open();
  }

  // the zone of this browser, for who chooses one
  const zones = document.getElementById("zone");
  if (zones) {
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if ([...zones.options].some((one) => one.value === here)) {
      const first = document.createElement("option");
      first.value = here;
      first.textContent = `${here}, as this browser`;
      zones.options[0].after(first);
    }
  }
})();

// What nbgrader's pages lack for keyboards and screen readers, added as rows appear.
"use strict";

(function () {
    // there is no editor in this service: a name is a name, not a link that leads nowhere
    window.linkTo = () => (_, element) => {
        const text = document.createElement("span");
        text.textContent = element.textContent;
        return text;
    };

    const columns = {
        "edit": "Edit", "assign": "Generate", "preview": "Preview", "release": "Release",
        "collect": "Collect", "generate-feedback": "Generate feedback of",
        "release-feedback": "Release feedback of", "autograde": "Grade", "edit-student": "Edit",
    };
    const headings = {
        "Edit": "column-edit", "Generate": "column-assign", "Preview": "column-preview",
        "Release": "column-release", "Generate Feedback": "column-generate-feedback",
        "Release Feedback": "column-release-feedback",
    };

    function name(cell) {
        const row = cell.closest("tr");
        const first = row && row.querySelector("td.name, td.student-name, td");
        return first ? first.textContent.trim() : "";
    }

    function mend(root) {
        // roles that take away what an element is, or that put one control into another
        root.querySelectorAll("li[role=presentation], [role=tab], [role=tablist], [role=tabpanel]")
            .forEach((element) => element.removeAttribute("role"));
        root.querySelectorAll("th").forEach((th) => {
            const column = headings[th.textContent.trim()];
            if (column) { th.classList.add(column); }
            if (!th.hasAttribute("scope")) { th.setAttribute("scope", "col"); }
        });
        root.querySelectorAll("a, button").forEach((control) => {
            if (control.textContent.trim() || control.getAttribute("aria-label")) { return; }
            const cell = control.closest("td");
            const kind = cell && Object.keys(columns).find((one) => cell.classList.contains(one));
            const icon = control.querySelector("[class*=glyphicon]");
            const hint = control.title || (icon && icon.title);
            const what = kind ? columns[kind] : hint;
            if (what) { control.setAttribute("aria-label", (what + " " + (cell ? name(cell) : "")).trim()); }
        });
        root.querySelectorAll("input.score, input.extra-credit, textarea.comment").forEach((field) => {
            const id = field.id.replace(/(_extra_credit|-comment)$/, "");
            const what = field.matches(".score") ? "Points of"
                : field.matches(".comment") ? "Comment on" : "Extra credit for";
            field.setAttribute("aria-label", what + " " + id);
        });
        root.querySelectorAll("input:not([type=hidden]), select, textarea").forEach((field) => {
            if (field.labels && field.labels.length || field.getAttribute("aria-label")) { return; }
            const row = field.closest("tr");
            const said = field.placeholder || (row && row.querySelector("td") && row.querySelector("td").textContent);
            if (said) { field.setAttribute("aria-label", said.trim()); }
        });
        // who has no name in the gradebook has an account
        root.querySelectorAll("td.name, td.student-name").forEach((cell) => {
            const shown = cell.querySelector("a") || cell;
            const account = shown.textContent === "None, None"
                && cell.closest("tr").querySelector("td.id, td.student-id");
            if (account && account.textContent) { shown.textContent = account.textContent; }
        });
        // the eye that shows and hides a name is an image that listens to the mouse
        root.querySelectorAll(".glyphicon.name-hidden:not([role]), .glyphicon.name-shown:not([role])").forEach((eye) => {
            eye.removeAttribute("aria-hidden");
            eye.setAttribute("role", "button");
            eye.setAttribute("tabindex", "0");
            eye.setAttribute("aria-label", eye.matches(".name-hidden") ? "Show the name" : "Hide the name");
            eye.addEventListener("keydown", (event) => {
                if (event.key === "Enter" || event.key === " ") { event.preventDefault(); eye.click(); }
            });
        });
        root.querySelectorAll("th").forEach((th) => {
            if (!th.textContent.trim() && !th.querySelector("span")) {
                const what = document.createElement("span");
                what.className = "sr-only";
                what.textContent = "Name shown";
                th.append(what);
            }
        });
        // a submission's page is nbconvert's, without what the others have
        document.documentElement.lang = document.documentElement.lang || "en";
        root.querySelectorAll("ul > ul").forEach((list) => list.parentElement.setAttribute("role", "presentation"));
        const content = document.querySelector("main#content") ? null : document.querySelector("body > .container");
        if (content) {
            content.setAttribute("role", "main");
            content.querySelectorAll("main").forEach((inner) => inner.setAttribute("role", "presentation"));
        }
        root.querySelectorAll(".modal:not([aria-label])").forEach((modal) => {
            const title = modal.querySelector(".modal-title");
            modal.setAttribute("aria-label", title ? title.textContent : "Dialog");
            if (title) { title.setAttribute("role", "heading"); title.setAttribute("aria-level", "2"); }
        });
    }

    // what nbgrader's templates had in `onclick`, which the page's policy does not run
    const calls = {
        "toggle_name(true);": () => toggle_name(true),
        "toggle_name(false);": () => toggle_name(false),
        "toggleAllNames()": () => toggleAllNames(),
    };
    document.addEventListener("click", (event) => {
        const element = event.target.closest("[data-click]");
        const call = element && calls[element.dataset.click];
        if (call) { call(); }
    });

    document.addEventListener("DOMContentLoaded", () => {
        mend(document);
        new MutationObserver(() => mend(document)).observe(document.body, {childList: true, subtree: true});
    });
})();

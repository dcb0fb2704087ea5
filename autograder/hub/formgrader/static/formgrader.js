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
        root.querySelectorAll("input:not([type=hidden]), select, textarea").forEach((field) => {
            if (field.labels && field.labels.length || field.getAttribute("aria-label")) { return; }
            const row = field.closest("tr");
            const said = field.placeholder || (row && row.querySelector("td") && row.querySelector("td").textContent);
            if (said) { field.setAttribute("aria-label", said.trim()); }
        });
        root.querySelectorAll(".modal:not([aria-label])").forEach((modal) => {
            const title = modal.querySelector(".modal-title");
            modal.setAttribute("aria-label", title ? title.textContent : "Dialog");
        });
    }

    document.addEventListener("DOMContentLoaded", () => {
        mend(document);
        new MutationObserver(() => mend(document)).observe(document.body, {childList: true, subtree: true});
    });
})();

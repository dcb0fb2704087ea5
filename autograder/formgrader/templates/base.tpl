<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{{ course_title }}: formgrader</title>
  {%- set static = base_url ~ "/formgrader/static" %}
  <link rel="stylesheet" href="{{ static }}/node_modules/bootstrap/dist/css/bootstrap.min.css">
  <link rel="stylesheet" href="{{ static }}/node_modules/datatables.net-bs/css/dataTables.bootstrap.css">
  <link rel="stylesheet" href="{{ static }}/css/nbgrader.css">
  <link rel="stylesheet" href="{{ base_url }}/formgrader/gradlab/formgrader.css">
  <script src="{{ static }}/node_modules/jquery/dist/jquery.min.js"></script>
  <script src="{{ static }}/node_modules/underscore/underscore-min.js"></script>
  <script src="{{ static }}/node_modules/backbone/backbone-min.js"></script>
  <script src="{{ static }}/node_modules/bootstrap/dist/js/bootstrap.min.js"></script>
  <script src="{{ static }}/node_modules/datatables.net/js/jquery.dataTables.js"></script>
  <script src="{{ static }}/node_modules/datatables.net-bs/js/dataTables.bootstrap.js"></script>
  <script src="{{ static }}/js/backbone_xsrf.js"></script>
  <script src="{{ static }}/js/utils.js"></script>
  <script>
  var base_url = {{ base_url | tojson }};
  </script>
  <script src="{{ base_url }}/formgrader/gradlab/formgrader.js"></script>
  {%- block head -%}
  {%- endblock -%}
</head>

<body class="role-{{ role }}">
  <a class="skip" href="#content">Skip to content</a>
  <div class="container-fluid">
    <header class="row">
      <div class="col-md-2">
        <p class="course"><a href="{{ base_url }}/formgrader/manage_assignments">{{ course_title }}</a></p>
      </div>
      <div class="col-md-8">
        <h1>
        {%- block title -%}
        {%- endblock -%}
        </h1>
      </div>
      <div class="col-md-2 who">
        {%- if role != "student" %}<p>You are {{ role }}</p>{% endif %}
        <p>
          {%- if role != "student" %}<a href="{{ my_work }}_staff/">Course</a> · {% endif -%}
          <a href="{{ my_work }}">My work</a> · <a href="{{ hub_home }}">Hub</a>
        </p>
      </div>
    </header>
    <div class="row">
      <nav class="col-md-2" aria-label="Formgrader">
        <ul class="nav nav-pills nav-stacked">
          {%- block sidebar -%}
          <li><a href="{{ base_url }}/formgrader/manage_assignments">Manage Assignments</a></li>
          <li><a href="{{ base_url }}/formgrader/gradebook">Manual Grading</a></li>
          <li><a href="{{ base_url }}/formgrader/manage_students">Manage Students</a></li>
          {%- endblock -%}
        </ul>
      </nav>
      <main class="col-md-10" id="content" tabindex="-1">
        {%- block body -%}
        {%- block breadcrumbs -%}
        {%- endblock -%}
        {%- block messages -%}
        {%- endblock -%}
        <table class="table table-hover">
          <thead>
            {%- block table_header -%}
            {%- endblock -%}
          </thead>
          <tbody id="main-table">
            {%- block table_body -%}
            {%- endblock -%}
          </tbody>
          <tfoot>
            {#- an assignment that is made here has no notebook, no checks and no way to get them #}
            {%- if false %}{% block table_footer %}{% endblock %}{% endif %}
            {%- set footer = self.table_footer() %}
            {%- if "createAssignmentModal" not in footer %}{{ footer }}
            {%- elif role == "instructor" %}
            <tr><td colspan="11">A new assignment begins in the course's folder, with
              <code>gradlab new exercise NAME</code>; after <code>gradlab build</code> it is listed here.</td></tr>
            {%- endif %}
          </tfoot>
        </table>
        {%- endblock -%}
      </main>
    </div>
  </div>
  {%- block script -%}
  {%- endblock -%}
</body>
</html>

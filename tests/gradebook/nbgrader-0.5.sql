-- The gradebook of nbgrader 0.5.6 (revision 724cde206c17) with a graded assignment.
CREATE TABLE assignment (
    id VARCHAR(32) NOT NULL,
    name VARCHAR(128) NOT NULL,
    duedate TIMESTAMP,
    PRIMARY KEY (id),
    UNIQUE (name)
);
CREATE TABLE student (
    id VARCHAR(128) NOT NULL,
    first_name VARCHAR(128),
    last_name VARCHAR(128),
    email VARCHAR(128),
    PRIMARY KEY (id)
);
CREATE TABLE notebook (
    id VARCHAR(32) NOT NULL,
    name VARCHAR(128) NOT NULL,
    assignment_id VARCHAR(32),
    kernelspec VARCHAR(1024),
    PRIMARY KEY (id),
    UNIQUE (name, assignment_id),
    FOREIGN KEY(assignment_id) REFERENCES assignment (id)
);
CREATE TABLE submitted_assignment (
    id VARCHAR(32) NOT NULL,
    assignment_id VARCHAR(32),
    student_id VARCHAR(128),
    timestamp TIMESTAMP,
    extension {interval},
    PRIMARY KEY (id),
    UNIQUE (assignment_id, student_id),
    FOREIGN KEY(assignment_id) REFERENCES assignment (id),
    FOREIGN KEY(student_id) REFERENCES student (id)
);
CREATE TABLE grade_cell (
    id VARCHAR(32) NOT NULL,
    name VARCHAR(128) NOT NULL,
    max_score FLOAT NOT NULL,
    cell_type VARCHAR(8) NOT NULL,
    notebook_id VARCHAR(32),
    PRIMARY KEY (id),
    UNIQUE (name, notebook_id),
    FOREIGN KEY(notebook_id) REFERENCES notebook (id)
);
CREATE TABLE solution_cell (
    id VARCHAR(32) NOT NULL,
    name VARCHAR(128) NOT NULL,
    notebook_id VARCHAR(32),
    PRIMARY KEY (id),
    UNIQUE (name, notebook_id),
    FOREIGN KEY(notebook_id) REFERENCES notebook (id)
);
CREATE TABLE source_cell (
    id VARCHAR(32) NOT NULL,
    name VARCHAR(128) NOT NULL,
    cell_type VARCHAR(8) NOT NULL,
    locked BOOLEAN NOT NULL,
    source TEXT,
    checksum VARCHAR(128),
    notebook_id VARCHAR(32),
    PRIMARY KEY (id),
    UNIQUE (name, notebook_id),
    FOREIGN KEY(notebook_id) REFERENCES notebook (id)
);
CREATE TABLE submitted_notebook (
    id VARCHAR(32) NOT NULL,
    assignment_id VARCHAR(32),
    notebook_id VARCHAR(32),
    flagged BOOLEAN,
    late_submission_penalty FLOAT,
    PRIMARY KEY (id),
    UNIQUE (notebook_id, assignment_id),
    FOREIGN KEY(assignment_id) REFERENCES submitted_assignment (id),
    FOREIGN KEY(notebook_id) REFERENCES notebook (id)
);
CREATE TABLE comment (
    id VARCHAR(32) NOT NULL,
    notebook_id VARCHAR(32),
    cell_id VARCHAR(32),
    auto_comment TEXT,
    manual_comment TEXT,
    PRIMARY KEY (id),
    UNIQUE (cell_id, notebook_id),
    FOREIGN KEY(notebook_id) REFERENCES submitted_notebook (id),
    FOREIGN KEY(cell_id) REFERENCES solution_cell (id)
);
CREATE TABLE grade (
    id VARCHAR(32) NOT NULL,
    notebook_id VARCHAR(32),
    cell_id VARCHAR(32),
    auto_score FLOAT,
    manual_score FLOAT,
    extra_credit FLOAT,
    needs_manual_grade BOOLEAN NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (cell_id, notebook_id),
    FOREIGN KEY(notebook_id) REFERENCES submitted_notebook (id),
    FOREIGN KEY(cell_id) REFERENCES grade_cell (id)
);

INSERT INTO assignment VALUES ('a1', 'tiny', '2018-05-04 12:00:00.000000');
INSERT INTO student VALUES ('ada', 'Ada', 'Lovelace', 'ada@example.org');
INSERT INTO student VALUES ('bob', NULL, NULL, NULL);
INSERT INTO notebook VALUES ('n1', 'tiny', 'a1', '{}');
INSERT INTO grade_cell VALUES ('g1', 'doubling', 3.0, 'code', 'n1');
INSERT INTO grade_cell VALUES ('g2', 'why', 2.0, 'markdown', 'n1');
INSERT INTO solution_cell VALUES ('s1', 'double', 'n1');
INSERT INTO solution_cell VALUES ('s2', 'why', 'n1');
INSERT INTO source_cell VALUES ('c1', 'double', 'code', FALSE, 'def double(x): ...', 'abc', 'n1');
INSERT INTO submitted_assignment VALUES ('sa1', 'a1', 'ada', '2018-05-03 10:00:00.000000', NULL);
INSERT INTO submitted_assignment VALUES ('sa2', 'a1', 'bob', '2018-05-05 10:00:00.000000', {extension});
INSERT INTO submitted_notebook VALUES ('sn1', 'sa1', 'n1', FALSE, NULL);
INSERT INTO submitted_notebook VALUES ('sn2', 'sa2', 'n1', TRUE, 0.5);
INSERT INTO comment VALUES ('k1', 'sn1', 's1', NULL, 'Well done');
INSERT INTO comment VALUES ('k2', 'sn1', 's2', 'No response.', NULL);
INSERT INTO grade VALUES ('gr1', 'sn1', 'g1', 2.0, NULL, 0.5, FALSE);
INSERT INTO grade VALUES ('gr2', 'sn1', 'g2', NULL, 1.5, NULL, FALSE);
INSERT INTO grade VALUES ('gr3', 'sn2', 'g1', 3.0, NULL, NULL, FALSE);
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);
INSERT INTO alembic_version VALUES ('724cde206c17');

"""Check the grammar that tree-sitter-c holds; its sdist has no tests."""

import tree_sitter
import tree_sitter_c

SOURCE = b"int main(void) { return 0; }\n"


def test_it_parses():
    language = tree_sitter.Language(tree_sitter_c.language())
    root = tree_sitter.Parser(language).parse(SOURCE).root_node
    assert not root.has_error
    assert [each.type for each in root.children] == ["function_definition"]
    assert str(root.children[0].child_by_field_name("declarator")) == (
        "(function_declarator declarator: (identifier) parameters: (parameter_list"
        " (parameter_declaration type: (primitive_type))))"
    )


def test_it_finds_a_fault():
    language = tree_sitter.Language(tree_sitter_c.language())
    assert tree_sitter.Parser(language).parse(b"int main(").root_node.has_error


def test_the_capsule():
    assert "tree_sitter.Language" in repr(tree_sitter_c.language())


def test_queries_are_valid():
    language = tree_sitter.Language(tree_sitter_c.language())
    query = tree_sitter.Query(language, tree_sitter_c.HIGHLIGHTS_QUERY)
    assert query.pattern_count > 10

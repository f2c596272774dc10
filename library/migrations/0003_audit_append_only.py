from django.db import migrations

REFUSE = """
CREATE FUNCTION library_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Audit lines are never changed or deleted.';
END
$$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON library_auditline
    FOR EACH ROW EXECUTE FUNCTION library_audit_refuse();
"""
ALLOW = """
DROP TRIGGER audit_append_only ON library_auditline;
DROP FUNCTION library_audit_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("library", "0002_people_and_books")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]

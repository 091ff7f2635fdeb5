%module sample

%inline %{
int
answer(void)
{
    return 42;
}
%}

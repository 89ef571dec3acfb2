package assembly

func (e evaluation) role(r *Resource) (identity, error) {
	name, err := e.name(r, "RoleName", 64)
	if err != nil {
		return identity{}, err
	}
	path, err := e.path(r)
	return identity{name, map[string]string{
		"Arn":    r.Stack.globalARN("iam", "role"+path+name),
		"RoleId": "AROA" + r.generatedID(upper, 17),
	}}, err
}

func (e evaluation) user(r *Resource) (identity, error) {
	name, err := e.name(r, "UserName", 64)
	if err != nil {
		return identity{}, err
	}
	path, err := e.path(r)
	return identity{name, map[string]string{"Arn": r.Stack.globalARN("iam", "user"+path+name)}}, err
}

func (e evaluation) managedPolicy(r *Resource) (identity, error) {
	name, err := e.name(r, "ManagedPolicyName", 128)
	if err != nil {
		return identity{}, err
	}
	path, err := e.path(r)
	arn := r.Stack.globalARN("iam", "policy"+path+name)
	return identity{arn, map[string]string{"PolicyArn": arn}}, err
}

// path returns the IAM path of a role, user or policy, "/" by default.
func (e evaluation) path(r *Resource) (string, error) {
	if path, ok := r.properties["Path"]; ok {
		return e.resolveText(path)
	}
	return "/", nil
}
